import type { ConnectionLike } from '@temporalio/client';
import { isPassing, timestampMs } from '../client-library/grpc.ts';

/** Numbers of `temporal.api.enums.v1.TaskQueueType`. */
export const QUEUE_TYPES = { workflow: 1, activity: 2 } as const;

/** A task queue of one type. */
export interface QueueName {
  readonly taskQueue: string;
  readonly type: keyof typeof QUEUE_TYPES;
}

/** A worker that polls a queue, as the server lists it. */
export interface SeenPoller {
  readonly identity: string;
  /** When it polled last, by the server's clock, ms since the epoch; null: not known. */
  readonly seenAtMs: number | null;
}

interface Server {
  readonly connection: Pick<ConnectionLike, 'withDeadline' | 'workflowService'>;
  readonly namespace: string;
}

const CALL_MS = 5_000;

/**
 * Lists the workers that poll a queue, also those that have gone in the last 5 min. A queue has partitions, four by default, and the server
 * describes only one at a time. A poller is seen at the partition that it got.
 * @returns one entry for each identity and partition
 * @throws the SDK's errors
 */
export async function pollersOf(server: Server, queue: QueueName): Promise<SeenPoller[]> {
  const partitions = await partitionsOf(server, queue);
  return (await Promise.all(partitions.map((taskQueue) => describe(server, { ...queue, taskQueue })))).flat();
}

/** Makes a call with a deadline of 5 s, so that a slow server delays nothing. */
export function calling<Answer>(
  { connection }: Pick<Server, 'connection'>,
  call: () => Promise<Answer>,
): Promise<Answer> {
  return connection.withDeadline(Date.now() + CALL_MS, call);
}

/** @returns the names of the partitions; only the queue itself, if the server does not list them */
async function partitionsOf(server: Server, { taskQueue, type }: QueueName): Promise<string[]> {
  const { namespace, connection } = server;
  try {
    const answer = await calling(server, () =>
      connection.workflowService.listTaskQueuePartitions({ namespace, taskQueue: { name: taskQueue } }),
    );
    const listed = type === 'workflow' ? answer.workflowTaskQueuePartitions : answer.activityTaskQueuePartitions;
    const names = (listed ?? []).flatMap(({ key }) => key ?? []);
    return names.length === 0 ? [taskQueue] : names;
  } catch (error) {
    if (isPassing(error)) throw error;
    return [taskQueue];
  }
}

async function describe(server: Server, { taskQueue, type }: QueueName): Promise<SeenPoller[]> {
  const { namespace, connection } = server;
  const ask = { namespace, taskQueue: { name: taskQueue }, taskQueueType: QUEUE_TYPES[type] };
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enum is in a package that is not a dependency
  const { pollers } = await calling(server, () => connection.workflowService.describeTaskQueue(ask));
  return (pollers ?? []).map(({ identity, lastAccessTime }) => ({
    identity: identity ?? '',
    seenAtMs: lastAccessTime == null ? null : timestampMs(lastAccessTime),
  }));
}
