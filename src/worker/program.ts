import { NativeConnection } from '@temporalio/worker';
import { NO_SERVER_HINT, refused } from '../client/errors.ts';
import { messageOf, refusalOf } from '../client/grpc.ts';
import type { Reach } from '../client/tls-trouble.ts';
import { tlsTroubleOf } from '../client/tls-trouble.ts';
import { ConfigError, environment, loadWorkerConfig } from '../config.ts';
import type { Logger } from '../telemetry.ts';
import { createLogger, installRuntime } from '../telemetry.ts';
import { LostConnectionError } from './connection-watch.ts';
import { startHealthServer } from './health.ts';
import type { createTrackerWorker, TrackerWorker } from '../worker.ts';

/** How a worker that ran as a program ended; the codes are those of the command line. */
const ENDED = { drained: 0, failed: 1, badConfiguration: 2, unreachable: 3 } as const;

const CONNECT_MS = 10_000;

/** Runs a worker as a whole program: configuration from the environment, drained on SIGTERM and SIGINT. */
export async function runAsProgram(create: typeof createTrackerWorker): Promise<void> {
  process.exitCode = await serve(create);
}

async function serve(create: typeof createTrackerWorker): Promise<number> {
  try {
    const { config, temporal } = loadWorkerConfig(environment());
    const logger = createLogger({ level: config.logLevel, format: config.logFormat });
    installRuntime({ logger, metricsAddress: config.metricsAddress, logLevel: config.logLevel });
    for (const warning of config.warnings) logger.warn(warning);
    const connection = await connect(temporal.connectionOptions);
    try {
      const worker = await create({ connection, namespace: temporal.namespace, config });
      const accounts = config.accounts.map(({ name, provider }) => `${provider}/${name}`);
      const { capacity } = worker.status();
      logger.info({ namespace: temporal.namespace, taskQueue: config.taskQueue, accounts, capacity }, 'worker serves');
      await withHealth(config.healthAddress, worker, () => untilStopped(worker, logger));
      logger.info('worker has drained');
      return ENDED.drained;
    } finally {
      await connection.close();
    }
  } catch (thrown) {
    // A connection may come about, and what a worker needs be refused all the same.
    const said = refusalIn(thrown);
    const error = said === null ? thrown : new UnreachableServerError(refusalSentence(said), { cause: thrown });
    // Configuration and connection are told before there may be a logger, in the words of the error alone.
    process.stderr.write(`${messageOf(error)}\n`);
    if (error instanceof ConfigError) return ENDED.badConfiguration;
    const isAway = error instanceof UnreachableServerError || error instanceof LostConnectionError;
    return isAway ? ENDED.unreachable : ENDED.failed;
  }
}

async function withHealth(address: string | null, worker: TrackerWorker, work: () => Promise<void>): Promise<void> {
  if (address === null) return work();
  const server = await startHealthServer(address, worker.status);
  try {
    await work();
  } finally {
    await server.close();
  }
}

class UnreachableServerError extends Error {
  override readonly name = 'UnreachableServerError';
}

async function connect(options: Parameters<typeof NativeConnection.connect>[0]): Promise<NativeConnection> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CONNECT_MS / 1000} s`)), CONNECT_MS);
  });
  try {
    return await Promise.race([NativeConnection.connect(options), tooLong]);
  } catch (error) {
    const where = options?.address ?? 'localhost:7233';
    throw new UnreachableServerError(await whyUnreached(where, error, { ...options }), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function whyUnreached(where: string, error: unknown, reach: Reach): Promise<string> {
  const said = refusalIn(error);
  if (said !== null) return refusalSentence(said, where);
  const { why, advice } = (await tlsTroubleOf(reach)) ?? { why: connectFailureOf(error), advice: NO_SERVER_HINT };
  return sentenceOf(`Temporal cannot be reached at ${where}: ${why}`, advice);
}

function refusalSentence(said: string, where?: string): string {
  const { message, hint } = refused(said, { address: where });
  return sentenceOf(message, hint);
}

function sentenceOf(what: string, advice: string): string {
  return `${what}. ${advice.charAt(0).toUpperCase()}${advice.slice(1)}.`;
}

/** How the core words the statuses UNAUTHENTICATED and PERMISSION_DENIED: of a connection, and of a worker. */
const REFUSAL =
  /(?:does not have (?:valid authentication|permission)|code: (?:Unauthenticated|PermissionDenied))[^"]*(?:"([^"]*)")?/;

/** @returns what the server said as it refused the credential, which may be nothing; null: it did not */
export function refusalIn(error: unknown): string | null {
  const said = refusalOf(error);
  if (said !== null) return said;
  const match = REFUSAL.exec(messageOf(error));
  return match === null ? null : (match[1] ?? '');
}

/** The SDK tells what its core was told, in the words of Rust: the cause, in a person's words, is quoted last in it. */
export function connectFailureOf(error: unknown): string {
  const text = messageOf(error);
  const certificate = /InvalidCertificate\(\w+/.exec(text)?.[0].slice('InvalidCertificate('.length);
  if (certificate !== undefined) return `its certificate is not trusted (${certificate})`;
  return [...text.matchAll(/"([^"]+)"/g)].at(-1)?.[1] ?? text;
}

async function untilStopped(worker: TrackerWorker, logger: Logger): Promise<void> {
  const stop = (signal: NodeJS.Signals): void => {
    logger.info({ signal }, 'worker drains: holds are given back, calls under way are finished');
    worker.shutdown();
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
  try {
    await worker.run();
  } finally {
    process.off('SIGTERM', stop).off('SIGINT', stop);
  }
}
