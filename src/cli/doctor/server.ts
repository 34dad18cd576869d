import type { Connection } from '@temporalio/client';
import { timestampMs } from '../../client-library/grpc.ts';
import type { Poller, Queue } from './judge-queue.ts';

/** A server that has answered. */
export interface Server {
  readonly connection: Connection;
  readonly namespace: string;
}

/** The deadline of each call, so that a slow server does not delay the report. */
const CALL_MS = 5_000;

/** Makes a call with a deadline of 5 s. */
export async function calling<T>({ connection }: Server, call: () => Promise<T>): Promise<T> {
  return connection.withDeadline(Date.now() + CALL_MS, call);
}

/** Numbers of `temporal.api.enums.v1.TaskQueueType`. */
const QUEUE_TYPES = { workflow: 1, activity: 2 } as const;

/** @returns the workers that poll a queue @throws the SDK's errors */
export async function pollersOf(
  server: Server,
  { taskQueue, type }: Pick<Queue, 'taskQueue' | 'type'>,
): Promise<(Poller & { identity: string })[]> {
  const { connection, namespace } = server;
  const ask = { namespace, taskQueue: { name: taskQueue }, taskQueueType: QUEUE_TYPES[type] };
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enum is in a package that is not a dependency
  const { pollers } = await calling(server, () => connection.workflowService.describeTaskQueue(ask));
  return (pollers ?? []).map(({ identity, lastAccessTime, ratePerSecond }) => ({
    identity: identity ?? '',
    seenAtMs: lastAccessTime == null ? null : timestampMs(lastAccessTime),
    ratePerS: ratePerSecond ?? 0,
  }));
}
