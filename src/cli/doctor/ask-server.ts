import { performance } from 'node:perf_hooks';
import { GRPC, grpcCodeOf, messageOf, timestampMs, refusalOf } from '../../client-library/grpc.ts';
import { escaped } from '../../client-library/list.ts';
import type { Config, TemporalConfig } from '../../config/index.ts';
import { cancelQueueOf, statusQueueOf, wire } from '../../contract/index.ts';
import { cancelRatePerS, statusRatePerS } from '../../polling/budget.ts';
import { type AttributeFindings, attributeFindings } from '../../worker-host/search-attributes.ts';
import { readClock } from './ask-clock.ts';
import { type Check, failed, skipped } from './check.ts';
import { judgeQueue, type Queue, queueCheckName } from './judge-queue.ts';
import {
  type ClockReading,
  judgeAttributes,
  judgeClock,
  judgeCodec,
  judgeNamespace,
  judgeReached,
  judgeVersion,
  type NamespaceAnswer,
  skewOf,
  TRY_AGAIN,
} from './judge-server.ts';
import { calling, pollersOf, type Server } from './server.ts';

/** Makes all checks of a connected server. */
export async function checkServer(server: Server, temporal: TemporalConfig, config: Config): Promise<Check[]> {
  const { connectionOptions, namespace } = temporal;
  const startedMs = performance.now();
  const info = await calling(server, () => server.connection.workflowService.getSystemInfo({}));
  const tookMs = performance.now() - startedMs;
  const tls = Boolean(connectionOptions?.tls) || connectionOptions?.apiKey !== undefined;
  const answer = await describe(server);
  const checks = [
    judgeReached({
      address: connectionOptions?.address ?? '',
      tls,
      tookMs,
      proxy: connectionOptions?.proxy?.targetHost,
    }),
    judgeVersion(info.serverVersion ?? ''),
    judgeNamespace(namespace, answer),
  ];
  const within =
    answer.is === 'missing'
      ? skippedWithin(config, 'there is no such namespace')
      : await checkNamespace(server, config);
  return [...checks, ...within];
}

/** @returns the checks of a server as skipped, because it cannot be reached */
export function skippedServer(config: Config, why: string): Check[] {
  return [...['server-version', 'namespace'].map((name) => skipped(name, why)), ...skippedWithin(config, why)];
}

function skippedWithin(config: Config, why: string): Check[] {
  const names = ['search-attributes', ...queuesOf(config).map(queueCheckName), 'clock', 'codec'];
  return names.map((name) => skipped(name, why));
}

async function checkNamespace(server: Server, config: Config): Promise<Check[]> {
  const { taskQueue } = config;
  const [clock, attributes, codec] = await Promise.all([
    readClock(server, taskQueue).catch(() => null), // other checks report what the server refuses
    guarded('search-attributes', async () =>
      judgeAttributes(server.namespace, await found(server, config.searchAttributes)),
    ),
    guarded('codec', async () => judgeCodec(await newestEncoding(server, taskQueue))),
  ]);
  const queues = await Promise.all(queuesOf(config).map(async (queue) => checkQueue(server, queue, clock)));
  return [attributes, ...queues, judgeClock(clock), codec];
}

async function checkQueue(server: Server, queue: Queue, clock: ClockReading | null): Promise<Check> {
  return guarded(queueCheckName(queue), async () => {
    const pollers = await pollersOf(server, queue);
    return judgeQueue(queue, pollers, Date.now() + (clock === null ? 0 : skewOf(clock).aheadMs));
  });
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

async function found(server: Server, choice: Config['searchAttributes']): Promise<AttributeFindings | null> {
  if (choice === false) return null;
  return calling(server, () => attributeFindings(server.connection, server.namespace, choice));
}

/** @returns the encoding of the newest job's input, never its content; null: there is no job */
async function newestEncoding(server: Server, taskQueue: string): Promise<string | null> {
  const { connection, namespace } = server;
  const query = `WorkflowType = '${wire.workflow}' AND TaskQueue = '${escaped(taskQueue)}'`;
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

/** @returns every queue that a worker with this configuration polls */
function queuesOf({ taskQueue, accounts }: Config): Queue[] {
  const own: Queue = { taskQueue, type: 'workflow', account: null, ratePerS: null };
  const perAccount = accounts.flatMap(({ provider, name, requestsPerMinute: budget }): Queue[] => {
    const account = `${provider}/${name}`;
    const [status, cancel] = [statusQueueOf(taskQueue, provider, name), cancelQueueOf(taskQueue, provider, name)];
    return [
      { taskQueue: status, type: 'activity', account, ratePerS: budget === null ? null : statusRatePerS(budget) },
      { taskQueue: cancel, type: 'activity', account, ratePerS: budget === null ? null : cancelRatePerS(budget) },
    ];
  });
  return [own, ...perAccount];
}
