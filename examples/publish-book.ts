// A back end that waits for a workflow of its own: node publish-book.js <job id>
import { Client, Connection } from '@temporalio/client';
import type { publishBook } from './own-workflows.js';

const [, , jobId] = process.argv;
if (jobId === undefined) throw new Error('say which job: node publish-book.js <job id>');
const connection = await Connection.connect({ address: 'localhost:7233' });
const client = new Client({ connection });
const options = { workflowId: `publish-${jobId}`, taskQueue: 'books', args: [jobId] as [string] };
const book = await client.workflow.execute<typeof publishBook>('publishBook', options);
console.log(JSON.stringify(book));
await connection.close();
