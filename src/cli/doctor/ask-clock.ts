import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { withCleanUp } from '../../process/clean-up.ts';
import type { ClockReading } from './judge-server.ts';
import { pollersOf, type Server } from './server.ts';

/** A server refuses polls of up to 2 s as too short. */
const POLL_MS = 3_000;
const CHECK_EVERY_MS = 50;

/**
 * Reads the server's clock from the timestamp that the server keeps for a poller. The queue is used only here, so the poll gets no work.
 * @returns null: no timestamp in time
 */
export async function readClock(server: Server, taskQueue: string): Promise<ClockReading | null> {
  const queue = { taskQueue: `${taskQueue}-doctor`, type: 'activity' } as const;
  const identity = `jobtrack-doctor-${randomUUID()}`; // unique, so that the poller of an earlier run is not found
  const sentAtMs = Date.now();
  const polling = startPoll(server, queue.taskQueue, identity);
  const read = async (): Promise<ClockReading | null> => {
    while (!polling.isOver() && Date.now() < sentAtMs + POLL_MS) {
      const pollers = await pollersOf(server, queue);
      const serverMs = pollers.find((poller) => poller.identity === identity)?.seenAtMs ?? null;
      if (serverMs !== null) return { sentAtMs, serverMs, seenAtMs: Date.now() };
      await sleep(CHECK_EVERY_MS);
    }
    return null;
  };
  return withCleanUp(read, polling.stop);
}

function startPoll(
  { connection, namespace }: Server,
  taskQueue: string,
  identity: string,
): { isOver: () => boolean; stop: () => Promise<void> } {
  const abort = new AbortController();
  let isOver = false;
  const ask = { namespace, taskQueue: { name: taskQueue }, identity };
  const over = connection
    .withAbortSignal(abort.signal, () =>
      connection.withDeadline(Date.now() + POLL_MS, () => connection.workflowService.pollActivityTaskQueue(ask)),
    )
    .then(
      () => undefined,
      () => undefined, // a credential may lack the permission to poll
    )
    .finally(() => (isOver = true));
  return { isOver: () => isOver, stop: () => (abort.abort(), over) };
}
