/** The worker, as a library and as the program `node dist/worker.js`. */
import { isProgram } from './worker-host/is-program.ts';
import { createTrackerWorker } from './worker-host/tracker-worker.ts';

export { ConfigError, loadConfig, loadTemporalConfig, loadWorkerConfig } from './config/index.ts';
export type { Config } from './config/index.ts';
export { LostConnectionError } from './worker-host/connection-watch.ts';
export type { WorkerStatus } from './worker-host/health.ts';
export type { TrackerWorker } from './worker-host/lifecycle.ts';
export { createTrackerWorker } from './worker-host/tracker-worker.ts';
export type { TrackerWorkerOptions } from './worker-host/tracker-worker.ts';

// No top-level await: with it, a CommonJS program could not require this module.
async function runAlone(): Promise<void> {
  const [{ runProgram }, { programLine, readProgramLine }] = await Promise.all([
    import('./worker-host/program.ts'),
    import('./process/program-line.ts'),
  ]);
  const about =
    'Runs the worker that follows jobs; configured by the environment, see docs/operations.md; drained by SIGTERM.';
  readProgramLine(programLine('node dist/worker.js', about));
  await runProgram(createTrackerWorker);
}

if (isProgram(import.meta.url)) void runAlone();
