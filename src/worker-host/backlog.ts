import type { ConnectionLike } from '@temporalio/client';
import { calling, QUEUE_TYPES } from './pollers.ts';

interface Queue {
  readonly connection: Pick<ConnectionLike, 'withDeadline' | 'workflowService'>;
  readonly namespace: string;
  readonly taskQueue: string;
}

/** @returns for how long the oldest workflow task of a queue has waited, ms; 0: none waits, or the server does not say it */
async function backlogMsOf({ namespace, taskQueue, ...server }: Queue): Promise<number> {
  const ask = { namespace, taskQueue: { name: taskQueue }, taskQueueType: QUEUE_TYPES.workflow, reportStats: true };
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enum is in a package that is not a dependency
  const { stats } = await calling(server, () => server.connection.workflowService.describeTaskQueue(ask));
  const { seconds, nanos } = stats?.approximateBacklogAge ?? {};
  return Number(seconds ?? 0) * 1_000 + (nanos ?? 0) / 1e6;
}

const EVERY_MS = 2_000;

interface Watch {
  /** Only a busy worker asks: one that has time takes each workflow task at once. */
  readonly isBusy: () => boolean;
  readonly onBacklog: (backlogMs: number) => void;
}

/** Asks the server every 2 s for how long workflow tasks wait. @returns a function that stops it */
export function watchBacklog(queue: Queue, { isBusy, onBacklog }: Watch): () => void {
  let isAsking = false;
  const look = async (): Promise<void> => {
    isAsking = true;
    onBacklog(isBusy() ? await backlogMsOf(queue).catch(() => 0) : 0);
    isAsking = false;
  };
  const timer = setInterval(() => void (isAsking || look()), EVERY_MS).unref();
  return () => clearInterval(timer);
}
