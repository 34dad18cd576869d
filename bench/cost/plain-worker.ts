// The worker of the plain loop. It keeps the defaults of the SDK.
import { NativeConnection, Worker } from '@temporalio/worker';
import { programLine } from '../../src/process/program-line.ts';
import { createPlainActivities } from './plain-activities.ts';

const about = 'The worker of the plain loop, started by the benchmark of cost; configured by the environment.';
programLine('npx tsx bench/cost/plain-worker.ts', about).parse();
const { env } = process;
const connection = await NativeConnection.connect({ address: env['TEMPORAL_ADDRESS'] ?? '' });
const worker = await Worker.create({
  connection,
  taskQueue: env['JOBTRACK_TASK_QUEUE'] ?? '',
  workflowBundle: { codePath: env['BENCH_BUNDLE'] ?? '' },
  activities: createPlainActivities(env['DEEPWRITER_BASE_URL'] ?? '', env['DEEPWRITER_TOKEN'] ?? ''),
});
await worker.run();
