import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../client-library/grpc.ts';
import { ConfigError, environment, loadWorkerConfig } from '../config/index.ts';
import { withCleanUp } from '../process/clean-up.ts';
import { type NpmChain, npmChain, watchNpm } from '../process/npm.ts';
import { maskKnown, maskUncaught } from '../process/masking.ts';
import { createLogger, installRuntime, type Logger } from '../process/telemetry.ts';
import { startTracing } from '../process/tracing.ts';
import { connect, refusalAsUnreachable, UnreachableServerError } from './connect.ts';
import { LostConnectionError } from './connection-watch.ts';
import { startHealthServer } from './health.ts';
import type { TrackerWorker } from './lifecycle.ts';
import type { createTrackerWorker } from './tracker-worker.ts';

/** Exit codes of the worker's program, the same as those of the command line. */
const ENDED = { drained: 0, failed: 1, badConfiguration: 2, unreachable: 3, interrupted: 130 } as const;

/** The program of `node dist/worker.js`. It ends the process itself, because the SDK's native runtime would keep a failed one alive. */
export async function runProgram(create: typeof createTrackerWorker): Promise<never> {
  maskUncaught();
  process.exit(await runWorker(create));
}

/**
 * Runs a worker with the configuration of the environment. SIGTERM or SIGINT drains it. A second signal ends the process at once.
 * @returns the exit code, within 5 s after a failure. The caller must end the process: the SDK's native runtime may keep it alive.
 */
export async function runWorker(create: typeof createTrackerWorker): Promise<number> {
  try {
    const chain = npmChain(environment());
    const { config, temporal } = loadWorkerConfig(environment());
    const { namespace, connectionOptions } = temporal;
    const { metricsAddress, logLevel, taskQueue } = config;
    const logger = createLogger({ level: logLevel, format: config.logFormat, mask: maskKnown });
    await listening('JOBTRACK_METRICS_ADDRESS', metricsAddress, () =>
      installRuntime({ logger, metricsAddress, logLevel }),
    );
    for (const warning of config.warnings) logger.warn(warning);
    const tracing = await startTracing(environment(), (message) => logger.warn(message));
    const connection = await connect(connectionOptions);
    const work = async (): Promise<void> => {
      const worker = await create({ connection, namespace, config });
      const accounts = config.accounts.map(({ name, provider }) => `${provider}/${name}`);
      const { capacity, warnings } = worker.status();
      const serve = async (): Promise<void> => {
        logger.info({ namespace, taskQueue, accounts, capacity }, 'worker serves');
        for (const warning of warnings) logger.warn(warning);
        await untilStopped(worker, { logger, chain });
      };
      await withHealth(config.healthAddress, worker, serve);
    };
    await withCleanUp(() => withCleanUp(work, () => closed(connection)), tracing.stop);
    logger.info('worker has drained');
    return ENDED.drained;
  } catch (thrown) {
    const error = refusalAsUnreachable(thrown);
    // There may be no logger yet. So the message of the error goes to stderr.
    process.stderr.write(maskKnown(`${messageOf(error)}\n`));
    if (error instanceof ConfigError) return ENDED.badConfiguration;
    const isAway = error instanceof UnreachableServerError || error instanceof LostConnectionError;
    return isAway ? ENDED.unreachable : ENDED.failed;
  }
}

const CLOSE_MS = 1_000;

/** Closes the connection, or gives up after 1 s. It cannot close while SDK workers still run. */
async function closed(connection: { close: () => Promise<void> }): Promise<void> {
  await Promise.race([connection.close(), sleep(CLOSE_MS, undefined, { ref: false })]);
}

async function withHealth(address: string | null, worker: TrackerWorker, work: () => Promise<void>): Promise<void> {
  if (address === null) return work();
  const start = () => startHealthServer(address, worker.status);
  const server = await listening('JOBTRACK_HEALTH_ADDRESS', address, start);
  await withCleanUp(work, server.close);
}

/** @throws ConfigError that names the variable, if the address is in use, forbidden, or of another machine */
async function listening<T>(variable: string, address: string | null, start: () => T): Promise<Awaited<T>> {
  try {
    return await start();
  } catch (error) {
    if (address === null) throw error;
    const text = messageOf(error);
    const code =
      /EADDRINUSE|EACCES|EADDRNOTAVAIL|ENOTFOUND/.exec(text)?.[0] ?? (/in use/i.test(text) ? 'EADDRINUSE' : null);
    const why = code === 'EADDRINUSE' ? 'another process listens there' : 'this machine cannot listen there';
    const problem = `names ${address}, but ${why} (${code ?? text}): name another address or port, or leave it out`;
    throw new ConfigError([{ variable, problem }], { cause: error });
  }
}

async function untilStopped(
  worker: TrackerWorker,
  { logger, chain }: { logger: Logger; chain: NpmChain | null },
): Promise<void> {
  let isDraining = false;
  const drain = (why: object, message: string): void => {
    if (isDraining) return;
    isDraining = true;
    logger.info(why, message);
    worker.shutdown();
  };
  const stop = (signal: NodeJS.Signals): void => {
    if (isDraining) process.exit(ENDED.interrupted); // a second signal means: do not wait
    drain({ signal }, 'worker drains: holds are given back, calls under way are finished');
  };
  const forgetParent = watchNpm(chain, () => drain({}, 'worker drains: npm, which started it, has ended'));
  process.on('SIGTERM', stop).on('SIGINT', stop);
  try {
    await worker.run();
  } finally {
    forgetParent();
    process.off('SIGTERM', stop).off('SIGINT', stop);
  }
}
