/** The worker, as a library and as the program `node dist/worker.js`. */
import { existsSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createTrackerWorker } from './worker-host/tracker-worker.ts';

export { ConfigError, loadConfig, loadTemporalConfig, loadWorkerConfig } from './config/index.ts';
export type { Config } from './config/index.ts';
export type { GivenAccount } from './config/given-account.ts';
export type { AccountFunction } from './worker-host/accounts/asked.ts';
export { LostConnectionError } from './worker-host/connection-watch.ts';
export type { WorkerStatus } from './worker-host/health.ts';
export type { TrackerWorker } from './worker-host/lifecycle.ts';
export { createTrackerWorker } from './worker-host/tracker-worker.ts';
export type { TrackerWorkerOptions } from './worker-host/tracker-worker.ts';

// No top-level await: with it, a CommonJS program could not require this module.
async function runAlone(): Promise<void> {
  const [{ runProgram }, { programLine }] = await Promise.all([
    import('./worker-host/program.ts'),
    import('./process/program-line.ts'),
  ]);
  const about =
    'Runs the worker that follows jobs; configured by the environment, see docs/operations.md; drained by SIGTERM.';
  programLine('node dist/worker.js', about).parse();
  await runProgram(createTrackerWorker);
}

// Only if Node was started with this module. npm links programs; Node resolves links in module URLs, but not in `argv`.
const [, script = ''] = process.argv;
if (existsSync(script) && realpathSync(script) === fileURLToPath(import.meta.url)) void runAlone();
