/** The worker, as a library and as the program `node dist/worker.js`. */
import { existsSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MissingPackagesError, requireWorkerPackages } from './process/worker-packages.ts';
import type { TrackerWorker } from './worker-host/lifecycle.ts';
import type { TrackerWorkerOptions } from './worker-host/tracker-worker.ts';

export { ConfigError, loadConfig, loadTemporalConfig, loadWorkerConfig } from './config/index.ts';
export type { Config } from './config/index.ts';
export type { GivenAccount } from './config/given-account.ts';
export type { AccountFunction } from './worker-host/accounts/asked.ts';
export { LostConnectionError } from './worker-host/connection-watch.ts';
export type { WorkerStatus } from './worker-host/health.ts';
export type { TrackerWorker } from './worker-host/lifecycle.ts';
export { MissingPackagesError } from './process/worker-packages.ts';
export type { TrackerWorkerOptions } from './worker-host/tracker-worker.ts';

/**
 * Creates a worker for the workflows and for every account of the configuration. It registers missing search attributes.
 * @throws MissingPackagesError; MissingSearchAttributesError; RangeError for accounts of unknown providers; ProviderError for an account
 * that cannot be opened; TransportError
 * @example
 * const { config, temporal } = loadWorkerConfig();
 * const connection = await NativeConnection.connect(temporal.connectionOptions);
 * const worker = await createTrackerWorker({ connection, namespace: temporal.namespace, config });
 * process.once('SIGTERM', worker.shutdown);
 * await worker.run();
 * await connection.close();
 */
export async function createTrackerWorker(options: TrackerWorkerOptions): Promise<TrackerWorker> {
  requireWorkerPackages();
  const create = await import('./worker-host/tracker-worker.ts');
  return create.createTrackerWorker(options);
}

// No top-level await: with it, a CommonJS program could not require this module.
async function runAlone(): Promise<void> {
  const { programLine } = await import('./process/program-line.ts');
  const about =
    'Runs the worker that follows jobs; configured by the environment, see docs/operations.md; drained by SIGTERM.';
  programLine('node dist/worker.js', about).parse();
  stopIfIncomplete();
  const { runProgram } = await import('./worker-host/program.ts');
  await runProgram(createTrackerWorker);
}

/** Ends the process with the exit code of a wrong configuration, if packages are missing. */
function stopIfIncomplete(): void {
  try {
    requireWorkerPackages();
  } catch (error) {
    if (!(error instanceof MissingPackagesError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

// Only if Node was started with this module. npm links programs; Node resolves links in module URLs, but not in `argv`.
const [, script = ''] = process.argv;
if (existsSync(script) && realpathSync(script) === fileURLToPath(import.meta.url)) void runAlone();
