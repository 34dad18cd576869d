import { NativeConnection, Worker } from '@temporalio/worker';
import { JobTrackerPlugin, loadWorkerConfig } from 'durable-job-tracker/plugin';
import { fileURLToPath } from 'node:url';

const { config, temporal } = loadWorkerConfig();
const connection = await NativeConnection.connect(temporal.connectionOptions);
const worker = await Worker.create({
  connection,
  namespace: temporal.namespace,
  taskQueue: 'books',
  workflowsPath: fileURLToPath(new URL('own-workflows.js', import.meta.url)),
  plugins: [new JobTrackerPlugin({ config })],
});
await worker.run(); // SIGTERM and SIGINT drain it
await connection.close();
