import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { createJobTracker, type JobTracker, UnreachableError } from '../client.ts';
import { refused } from '../client-library/errors.ts';
import { detailsOf, GRPC, grpcCodeOf, refusalOf } from '../client-library/grpc.ts';
import { dialled } from '../client-library/dial.ts';
import { diagnoseTls } from '../client-library/tls-diagnosis.ts';
import { ConfigError, type Environment, loadTemporalConfig, type TemporalConfig } from '../config/index.ts';
import { readerOf } from '../config/settings.ts';
import { withCleanUp } from '../process/clean-up.ts';
import type { CommandContext, GlobalOptions } from './command.ts';
import { CommandError, EXIT } from './exit.ts';

/** A server that has answered, with a tracker on it. */
export interface Reached {
  client: Client;
  tracker: JobTracker;
  address: string;
  namespace: string;
  taskQueue: string;
}

/** A command reports within ten seconds that nothing answers. The rest is for its start. */
const CONNECT_MS = 7_000;
/** Longer than a successful connection takes. After it, the reason of the trouble is looked for. */
const DOUBT_MS = 1_000;

/**
 * Connects to Temporal, calls `use` with the connection, and closes it.
 * @throws UnreachableError, ConfigError; CommandError if the namespace does not exist
 */
export async function withTemporal<T>(
  context: CommandContext,
  options: GlobalOptions,
  use: (reached: Reached) => Promise<T>,
): Promise<T> {
  const env = overridden(context.env, options);
  const { connectionOptions, namespace } = loadTemporalConfig(env);
  const taskQueue = taskQueueOf(env);
  const { address = '' } = connectionOptions;
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
  const { address = '' } = options;
  let timer: NodeJS.Timeout | undefined;
  // The SDK retries a failed handshake until the deadline, and does not report it.
  const trouble = new Promise<never>((_, reject) => {
    const check = async (): Promise<void> => {
      const found = await diagnoseTls(options);
      if (found !== null) reject(notReached(address, found.why, { hint: found.advice }));
    };
    timer = setTimeout(() => void check(), DOUBT_MS);
  });
  try {
    return await output.noteIfSlow(`connecting to Temporal at ${address} …`, () => connectUnless(trouble, options));
  } catch (error) {
    if (error instanceof UnreachableError) throw error;
    const refusal = refusalOf(error);
    throw refusal === null
      ? notReached(address, reasonOf(error), { cause: error })
      : refused(refusal, { address, cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** @returns the environment, with the options of the command line in it */
export function overridden(env: Environment, { address, namespace }: GlobalOptions): Environment {
  return {
    ...env,
    ...(address === undefined ? {} : { TEMPORAL_ADDRESS: address }),
    ...(namespace === undefined ? {} : { TEMPORAL_NAMESPACE: namespace }),
  };
}

/** Reads only the task queue. A command that needs no worker must not fail because of a worker's settings. @throws ConfigError */
export function taskQueueOf(env: Environment): string {
  return readerOf(env, (variable, problem) => {
    throw new ConfigError([{ variable, problem }]);
  })('JOBTRACK_TASK_QUEUE');
}

/**
 * Connects without the SDK's retries for a missing server, so that the person gets the error at once. After the first answer, the retries
 * work as usual. It gives up when `trouble` rejects.
 */
async function connectUnless(
  trouble: Promise<never>,
  options: TemporalConfig['connectionOptions'],
): Promise<Connection> {
  let wasThere = false;
  let isGivenUp = false;
  const retry = defaultGrpcRetryOptions();
  const retryableDecider: typeof retry.retryableDecider = (count, status) =>
    !isGivenUp && (wasThere || notThere(status.details) === undefined) && retry.retryableDecider(count, status);
  const interceptors = [makeGrpcRetryInterceptor({ ...retry, retryableDecider })];
  const connection = Connection.lazy({ ...dialled(options), interceptors });
  const ask = () => connection.workflowService.getSystemInfo({});
  const connected = connection.withDeadline(Date.now() + CONNECT_MS, ask);
  try {
    await Promise.race([connected, trouble]);
    wasThere = true;
    return connection;
  } catch (error) {
    isGivenUp = true;
    // The connection is closed later: a retry that the SDK has planned would fail on a closed one, with an uncaught error.
    void connected.catch(() => undefined).finally(() => void connection.close());
    throw error;
  }
}

const ADDRESS_HINT =
  "check TEMPORAL_ADDRESS or --address, and that the server runs; 'jobtrack up' starts one for development";

function notReached(address: string, why: string, options: { hint?: string; cause?: unknown }): UnreachableError {
  const { hint = ADDRESS_HINT, cause } = options;
  return new UnreachableError('temporal', `Temporal cannot be reached at ${address}: ${why}`, { hint, cause });
}

function reasonOf(error: unknown): string {
  if (grpcCodeOf(error) === GRPC.DEADLINE_EXCEEDED) return `no answer within ${CONNECT_MS / 1_000} s`;
  const details = detailsOf(error);
  return notThere(details) ?? details;
}

/** Error texts of a connection to a missing server, with our text for each. */
const NOT_THERE: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, 'connection refused'],
  [/ENOTFOUND|Name resolution failed/, 'there is no host of this name'],
  [/EHOSTUNREACH|ENETUNREACH/, 'there is no way to this host'],
];

function notThere(details: string): string | undefined {
  return NOT_THERE.find(([pattern]) => pattern.test(details))?.[1];
}

/** Without this check, all jobs in a missing namespace would be reported as not tracked. */
async function checkNamespace(connection: Connection, namespace: string): Promise<void> {
  try {
    await connection.withDeadline(Date.now() + CONNECT_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } catch (error) {
    if (grpcCodeOf(error) !== GRPC.NOT_FOUND) return; // a credential may lack the permission to describe it
    const hint = 'check TEMPORAL_NAMESPACE or --namespace';
    const facts = { code: 'no-namespace', exitCode: EXIT.usage, hint };
    throw new CommandError(`the server has no namespace ${namespace}`, facts, { cause: error });
  }
}
