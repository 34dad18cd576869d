// Runs the workflow of nexus-caller.ts once, in the namespace `callers`: node call-by-nexus.js <job id>
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';
import type { waitForBook } from './nexus-caller.js';

const [, , jobId] = process.argv;
if (jobId === undefined) throw new Error('say which job: node call-by-nexus.js <job id>');
const connection = await NativeConnection.connect({ address: 'localhost:7233' });
const here = { connection, namespace: 'callers' };
const workflowsPath = fileURLToPath(new URL('nexus-caller.js', import.meta.url));
const worker = await Worker.create({ ...here, taskQueue: 'callers', workflowsPath });
const options = { workflowId: `wait-${jobId}`, taskQueue: 'callers', args: [jobId] as [string] };
console.log(await worker.runUntil(new Client(here).workflow.execute<typeof waitForBook>('waitForBook', options)));
await connection.close();
