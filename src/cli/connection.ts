import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import type { JobTracker } from '../client.ts';
import { createJobTracker, UnreachableError } from '../client.ts';
import { refused } from '../client-library/errors.ts';
import { detailsOf, GRPC, grpcCodeOf, refusalOf } from '../client-library/grpc.ts';
import { dialled } from '../client-library/dial.ts';
import { tlsTroubleOf } from '../client-library/tls-trouble.ts';
import type { Environment, TemporalConfig } from '../config/index.ts';
import { ConfigError, loadTemporalConfig } from '../config/index.ts';
import { readerOf } from '../config/settings.ts';
import { withCleanUp } from '../process/clean-up.ts';
import type { CommandContext, GlobalOptions } from './command.ts';
import { EXIT } from './exit-code.ts';
import { CommandError } from './failure.ts';
import { saidAfter } from './terminal/said-after.ts';

/** A server that has answered, and a tracker on it. */
export interface Reached {
  client: Client;
  tracker: JobTracker;
  address: string;
  namespace: string;
  taskQueue: string;
}

/** Below the ten seconds within which a command says that nothing answers. */
const CONNECT_MS = 7_000;
/** Longer than a connection takes that comes about. */
const DOUBT_MS = 1_000;

/**
 * Connects to Temporal, lends the connection to `use` and closes it.
 * @throws UnreachableError, ConfigError; CommandError for a namespace that does not exist
 */
export async function withTemporal<T>(
  context: CommandContext,
  options: GlobalOptions,
  use: (reached: Reached) => Promise<T>,
): Promise<T> {
  const env = overridden(context.env, options);
  const { connectionOptions, namespace } = loadTemporalConfig(env);
  const taskQueue = taskQueueOf(env);
  const address = connectionOptions?.address ?? '';
  const connection = await connect(context, connectionOptions);
  const lend = async (): Promise<T> => {
    await checkNamespace(connection, namespace);
    const client = new Client({ connection, namespace });
    return use({ client, tracker: createJobTracker({ client, taskQueue }), address, namespace, taskQueue });
  };
  return withCleanUp(lend, () => connection.close());
}

/** @throws UnreachableError within 10 s */
export async function connect(
  { output }: CommandContext,
  options: TemporalConfig['connectionOptions'],
): Promise<Connection> {
  const address = options?.address ?? '';
  return saidAfter(output.note, `connecting to Temporal at ${address} …`, () => attempt(address, options));
}

/** The environment with what the command line says over it. */
export function overridden(env: Environment, { address, namespace }: GlobalOptions): Environment {
  return {
    ...env,
    ...(address === undefined ? {} : { TEMPORAL_ADDRESS: address }),
    ...(namespace === undefined ? {} : { TEMPORAL_NAMESPACE: namespace }),
  };
}

/** A caller needs the queue alone: what is wrong with a worker's accounts is no matter of its. */
export function taskQueueOf(env: Environment): string {
  return readerOf(env, (variable, problem) => {
    throw new ConfigError([{ variable, problem }]);
  })('JOBTRACK_TASK_QUEUE');
}

async function attempt(address: string, options: TemporalConfig['connectionOptions']): Promise<Connection> {
  let timer: NodeJS.Timeout | undefined;
  // A handshake that fails is tried again until the time is over, and never told.
  const trouble = new Promise<never>((_, reject) => {
    const look = async (): Promise<void> => {
      const found = await tlsTroubleOf({ ...options });
      if (found !== null) reject(notReached(address, found.why, { hint: found.advice }));
    };
    timer = setTimeout(() => void look(), DOUBT_MS);
  });
  try {
    const { connected, giveUp } = connecting(options);
    return await Promise.race([connected, trouble]).catch((error: unknown) => {
      giveUp();
      throw error;
    });
  } catch (error) {
    if (error instanceof UnreachableError) throw error;
    const said = refusalOf(error);
    throw said === null
      ? notReached(address, reasonOf(error), { cause: error })
      : refused(said, { address, cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** The SDK tries a server again that is not there. Who has just asked is told at once; later it may come back. */
function connecting(options: TemporalConfig['connectionOptions']): {
  connected: Promise<Connection>;
  giveUp: () => void;
} {
  let wasThere = false;
  let isGivenUp = false;
  const retry = defaultGrpcRetryOptions();
  const retryableDecider: typeof retry.retryableDecider = (count, status) =>
    !isGivenUp && (wasThere || !isNotThere(status.details)) && retry.retryableDecider(count, status);
  const interceptors = [makeGrpcRetryInterceptor({ ...retry, retryableDecider })];
  const connection = Connection.lazy({ ...dialled({ ...options }), interceptors });
  const ask = () => connection.workflowService.getSystemInfo({});
  const connected = connection.withDeadline(Date.now() + CONNECT_MS, ask).then(() => {
    wasThere = true;
    return connection;
  });
  // Not at once: an attempt that the SDK has planned would meet a closed connection, and throw where nobody listens.
  const giveUp = (): void => {
    isGivenUp = true;
    void connected.catch(() => undefined).finally(() => void connection.close());
  };
  return { connected, giveUp };
}

const ADDRESS_HINT =
  "check TEMPORAL_ADDRESS or --address, and that the server runs; 'jobtrack up' starts one for development";

function notReached(address: string, why: string, told: { hint?: string; cause?: unknown }): UnreachableError {
  const { hint = ADDRESS_HINT, cause } = told;
  return new UnreachableError('temporal', `Temporal cannot be reached at ${address}: ${why}`, { hint, cause });
}

function reasonOf(error: unknown): string {
  if (grpcCodeOf(error) === GRPC.DEADLINE_EXCEEDED) return `no answer within ${CONNECT_MS / 1_000} s`;
  const details = detailsOf(error);
  return NOT_THERE.find(([pattern]) => pattern.test(details))?.[1] ?? details;
}

/** What the connection says of a server that is not there, and its meaning. */
const NOT_THERE: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, 'connection refused'],
  [/ENOTFOUND|Name resolution failed/, 'there is no host of this name'],
  [/EHOSTUNREACH|ENETUNREACH/, 'there is no way to this host'],
];

function isNotThere(details: string): boolean {
  return NOT_THERE.some(([pattern]) => pattern.test(details));
}

/** Else everything in it would look untracked. */
async function checkNamespace(connection: Connection, namespace: string): Promise<void> {
  try {
    await connection.withDeadline(Date.now() + CONNECT_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } catch (error) {
    if (grpcCodeOf(error) !== GRPC.NOT_FOUND) return; // not every credential may describe it
    const hint = 'check TEMPORAL_NAMESPACE or --namespace';
    throw new CommandError(
      `the server has no namespace ${namespace}`,
      { code: 'no-namespace', exitCode: EXIT.usage, hint },
      { cause: error },
    );
  }
}
