import type { Connection } from '@temporalio/client';
import { timestampMs } from '../../client-library/grpc.ts';
import type { Poller, Queue } from './judge-queue.ts';

/** A server that has answered. */
export interface Server {
  readonly connection: Connection;
  readonly namespace: string;
}

/** Each call by itself: a server that answers slowly must not keep the report back. */
const CALL_MS = 5_000;

export async function calling<T>({ connection }: Server, call: () => Promise<T>): Promise<T> {
  return connection.withDeadline(Date.now() + CALL_MS, call);
}

/** By the server's own numbers: `temporal.api.enums.v1.TaskQueueType`. */
const QUEUE_TYPES = { workflow: 1, activity: 2 } as const;

export async function pollersOf(
  server: Server,
  { taskQueue, type }: Pick<Queue, 'taskQueue' | 'type'>,
): Promise<(Poller & { identity: string })[]> {
  const { connection, namespace } = server;
  const ask = { namespace, taskQueue: { name: taskQueue }, taskQueueType: QUEUE_TYPES[type] };
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enum itself is in a package that we do not depend on
  const { pollers } = await calling(server, () => connection.workflowService.describeTaskQueue(ask));
  return (pollers ?? []).map(({ identity, lastAccessTime, ratePerSecond }) => ({
    identity: identity ?? '',
    seenAtMs: lastAccessTime == null ? null : timestampMs(lastAccessTime),
    ratePerS: ratePerSecond ?? 0,
  }));
}
