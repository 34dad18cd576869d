import { NativeConnection } from '@temporalio/worker';
import { createTrackerWorker, loadWorkerConfig } from 'durable-job-tracker/worker';
import { printshop } from './printshop.js';

// `config` has the settings JOBTRACK_… and the accounts. `temporal` has the settings TEMPORAL_…, or their defaults.
const { config, temporal } = loadWorkerConfig();
const { connectionOptions, namespace } = temporal;
const connection = await NativeConnection.connect(connectionOptions);
const worker = await createTrackerWorker({ connection, namespace, config, providers: [printshop] });
process.once('SIGTERM', worker.shutdown).once('SIGINT', worker.shutdown);
await worker.run();
await connection.close();
