import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { grpcCodeOf } from '../../src/client-library/grpc.ts';
import { type JobRef, type JobTracker, NotTrackedError, UnreachableError } from '../../src/client.ts';
import type { CancelWay, PlannedJob } from './schedule.ts';

export interface Asker {
  client: Client;
  tracker: JobTracker;
  signal: AbortSignal;
}

/** gRPC codes that callers get while a server is down or starts. INTERNAL and UNKNOWN come from cut connections. */
const PASSING = [1, 2, 4, 8, 10, 13, 14];
const RETRY_MS = 250;

/** Repeats the call until the server answers, as a careful caller does. */
export async function untilAnswered<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await call();
    } catch (error) {
      const passing = error instanceof UnreachableError || PASSING.includes(grpcCodeOf(error) ?? 0);
      if (!passing) throw error;
    }
    await sleep(RETRY_MS, undefined, { signal });
  }
}

/** @returns the time at which the server accepted the call, in epoch ms */
export async function track({ tracker, signal }: Asker, ref: JobRef, { pace, name }: PlannedJob): Promise<number> {
  await untilAnswered(() => tracker.track(ref, { polling: pace.polling, labels: { chaos: name } }), signal);
  return Date.now();
}

/** @returns the time at which the server accepted the request, in epoch ms; null: tracking had already ended */
export async function cancel(asker: Asker, workflowId: string, way: CancelWay): Promise<number | null> {
  const { client, tracker, signal } = asker;
  const handle = client.workflow.getHandle(workflowId);
  const request = { id: randomUUID(), by: 'chaos', reason: way };
  const deadline = (call: () => Promise<unknown>): Promise<unknown> => client.withDeadline(Date.now() + 5_000, call);
  const calls: Record<CancelWay, () => Promise<unknown>> = {
    signal: () => deadline(() => handle.signal('cancel', request)),
    native: () => deadline(() => handle.cancel()),
    update: async () => {
      const state = await tracker.get(workflowId).cancel({ ...request, waitForMs: 2_000 });
      if (state.phase === 'none') throw new NotTrackedError(workflowId); // a closed workflow answers with its last state
    },
  };
  try {
    await untilAnswered(calls[way], signal);
    return Date.now();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || error instanceof NotTrackedError) return null;
    throw error;
  }
}
