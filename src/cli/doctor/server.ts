import type { Connection } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GRPC, grpcCodeOf, messageOf, refusalOf, timestampMs } from '../../client-library/grpc.ts';
import type { Config, TemporalConfig } from '../../config/index.ts';
import { cancelQueueOf, statusQueueOf } from '../../contract/index.ts';
import { withCleanUp } from '../../process/clean-up.ts';
import { calling, pollersOf } from '../../worker-host/pollers.ts';
import { attributeFindings } from '../../worker-host/search-attributes.ts';
import {
  type ClockReading,
  judgeAttributes,
  judgeClock,
  judgeCodec,
  judgeFairness,
  judgeNamespace,
  judgePollers,
  judgeQueue,
  judgeReached,
  judgeVersion,
  type NamespaceAnswer,
  presentOf,
  type Queue,
  queueCheckName,
  skewOf,
  TRY_AGAIN,
} from './judge-server.ts';
import { countPaused, judgePaused, queryOfQueue } from './paused.ts';
import { type Check, failed, skipped } from './report.ts';

/** A server that has answered. */
interface Server {
  readonly connection: Connection;
  readonly namespace: string;
}

/** Makes all checks of a connected server. */
export async function checkServer(
  server: Server,
  { connectionOptions }: TemporalConfig,
  config: Config,
): Promise<Check[]> {
  const startedMs = performance.now();
  const info = await calling(server, () => server.connection.workflowService.getSystemInfo({}));
  const tookMs = performance.now() - startedMs;
  const { address = '', tls, apiKey, proxy } = connectionOptions;
  const answer = await describe(server);
  return [
    judgeReached({ address, tls: Boolean(tls) || apiKey !== undefined, tookMs, proxy: proxy?.targetHost }),
    judgeVersion(info.serverVersion ?? ''),
    judgeFairness(info.serverVersion ?? '', config.accounts.length),
    judgeNamespace(server.namespace, answer),
    ...(answer.is === 'missing'
      ? skippedNamespace(config, 'there is no such namespace')
      : await checkNamespace(server, config)),
  ];
}

/** @returns the checks of a server as skipped, because it cannot be reached */
export function skippedServer(config: Config, why: string): Check[] {
  return [
    ...['server-version', 'fairness', 'namespace'].map((name) => skipped(name, why)),
    ...skippedNamespace(config, why),
  ];
}

function skippedNamespace(config: Config, why: string): Check[] {
  const names = ['search-attributes', ...queuesOf(config).map(queueCheckName), 'pollers', 'paused', 'clock', 'codec'];
  return names.map((name) => skipped(name, why));
}

async function checkNamespace(server: Server, config: Config): Promise<Check[]> {
  const { connection, namespace } = server;
  const { taskQueue, searchAttributes: chosen } = config;
  const [clock, attributes, paused, codec] = await Promise.all([
    readClock(server, taskQueue).catch(() => null), // other checks report what the server refuses
    guarded('search-attributes', async () => {
      if (chosen === false) return judgeAttributes(namespace, null);
      return judgeAttributes(namespace, await calling(server, () => attributeFindings(connection, namespace, chosen)));
    }),
    guarded('paused', async () =>
      judgePaused(taskQueue, await calling(server, () => countPaused(connection, { namespace, taskQueue }))),
    ),
    guarded('codec', async () => judgeCodec(await newestEncoding(server, taskQueue))),
  ]);
  const serverNowMs = (): number => Date.now() + (clock === null ? 0 : skewOf(clock).aheadMs);
  const [own, ...ofPools] = queuesOf(config);
  const ownPollers = pollersOf(server, own);
  const check = (queue: Queue, pollers = pollersOf(server, queue)): Promise<Check> =>
    guarded(queueCheckName(queue), async () => judgeQueue(queue, await pollers, serverNowMs()));
  const queues = await Promise.all([check(own, ownPollers), ...ofPools.map((queue) => check(queue))]);
  const pollers = await guarded('pollers', async () =>
    judgePollers(presentOf(await ownPollers, serverNowMs()), ofPools.length / 2),
  );
  return [attributes, ...queues, pollers, paused, judgeClock(clock), codec];
}

/** Turns an error into a failed check, so that the other checks go on. */
async function guarded(name: string, check: () => Promise<Check>): Promise<Check> {
  try {
    return await check();
  } catch (error) {
    if (refusalOf(error) !== null) return skipped(name, 'the server does not let this credential look');
    return failed(name, `could not be checked: ${messageOf(error)}`, TRY_AGAIN);
  }
}

async function describe(server: Server): Promise<NamespaceAnswer> {
  const { connection, namespace } = server;
  try {
    const { config } = await calling(server, () => connection.workflowService.describeNamespace({ namespace }));
    const retention = config?.workflowExecutionRetentionTtl;
    return { is: 'described', retentionMs: retention == null ? null : timestampMs(retention) };
  } catch (error) {
    if (grpcCodeOf(error) === GRPC.NOT_FOUND) return { is: 'missing' };
    return refusalOf(error) !== null ? { is: 'hidden' } : { is: 'unanswered', why: messageOf(error) };
  }
}

/** @returns the encoding of the newest job's input, never its content; null: there is no job */
async function newestEncoding(server: Server, taskQueue: string): Promise<string | null> {
  const { connection, namespace } = server;
  const query = queryOfQueue(taskQueue);
  const { executions } = await calling(server, () =>
    connection.workflowService.listWorkflowExecutions({ namespace, query, pageSize: 1 }),
  );
  const execution = executions?.[0]?.execution;
  if (execution == null) return null;
  const { history } = await calling(server, () =>
    connection.workflowService.getWorkflowExecutionHistory({ namespace, execution, maximumPageSize: 1 }),
  );
  const [payload] = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return Buffer.from(payload?.metadata?.['encoding'] ?? [])
    .toString()
    .slice(0, 100);
}

/** @returns the workflows' queue, and both queues of each pool: all that must have a worker, if the jobs of all these accounts are polled */
function queuesOf({ taskQueue, accounts, knownAccounts }: Config): [Queue, ...Queue[]] {
  const own: Queue = { taskQueue, type: 'workflow', pool: null };
  const pools = [...new Set([...accounts, ...knownAccounts].map(({ pool }) => pool))];
  const ofPools = pools.flatMap((pool) =>
    [statusQueueOf(taskQueue, pool), cancelQueueOf(taskQueue, pool)].map((queue): Queue => ({
      taskQueue: queue,
      type: 'activity',
      pool,
    })),
  );
  return [own, ...ofPools];
}

/** A server refuses polls of up to 2 s as too short. */
const POLL_MS = 3_000;
const CHECK_EVERY_MS = 50;

/**
 * Reads the server's clock from the timestamp that the server keeps for a poller. The queue is used only here, so the poll gets no work.
 * @returns null: no timestamp in time
 */
async function readClock(server: Server, ownQueue: string): Promise<ClockReading | null> {
  const { connection, namespace } = server;
  const taskQueue = `${ownQueue}-doctor`;
  const identity = `jobtrack-doctor-${randomUUID()}`; // unique, so that the poller of an earlier run is not found
  const abort = new AbortController();
  const polling = { isOver: false };
  const sentAtMs = Date.now();
  const poll = () =>
    connection.workflowService.pollActivityTaskQueue({ namespace, taskQueue: { name: taskQueue }, identity });
  const over = connection
    .withAbortSignal(abort.signal, () => connection.withDeadline(sentAtMs + POLL_MS, poll))
    .catch(() => undefined) // a credential may lack the permission to poll
    .finally(() => (polling.isOver = true));
  const read = async (): Promise<ClockReading | null> => {
    while (!polling.isOver && Date.now() < sentAtMs + POLL_MS) {
      const pollers = await pollersOf(server, { taskQueue, type: 'activity' });
      const serverMs = pollers.find((poller) => poller.identity === identity)?.seenAtMs ?? null;
      if (serverMs !== null) return { sentAtMs, serverMs, seenAtMs: Date.now() };
      await sleep(CHECK_EVERY_MS);
    }
    return null;
  };
  return withCleanUp(read, () => (abort.abort(), over));
}
