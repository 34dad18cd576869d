import { setTimeout as sleep } from 'node:timers/promises';
import { wire } from '../../src/contract/index.ts';
import { workflowIdOf } from '../../src/client-library/job-ids.ts';
import type { Stage } from '../live/stage.ts';

/** What people asked under the load. */
export interface Asked {
  queryMs: number[];
  cancelMs: number[];
  cancelled: ReadonlySet<string>;
}

interface Asking {
  stage: Stage;
  jobIds: readonly string[];
  forMs: number;
}

const QUERY_EVERY_MS = 250;
/** So many jobs are cancelled, but of few jobs only a tenth: the load must stay. */
const CANCELS = 200;
/** The last cancels get this long to arrive. */
const GRACE_MS = 5_000;

/** Asks jobs for their progress, each another one, and cancels some of them, at a steady pace. */
export async function askWhile({ stage, jobIds, forMs }: Asking): Promise<Asked> {
  const untilMs = Date.now() + forMs;
  const queryMs: number[] = [];
  const cancels: { jobId: string; atMs: number }[] = [];
  const pending: Promise<void>[] = [];
  const cancelEveryMs = forMs / Math.min(CANCELS, jobIds.length / 10);
  for (let count = 0; Date.now() < untilMs; count++) {
    const isCancel = cancels.length * cancelEveryMs < forMs - (untilMs - Date.now());
    const jobId = jobIds.at(isCancel ? cancels.length : -1 - (count % Math.ceil(jobIds.length / 2))) ?? '';
    const handle = stage.client.workflow.getHandle(workflowIdOf({ provider: 'deepwriter', jobId, account: 'default' }));
    const atMs = Date.now();
    if (isCancel) {
      cancels.push({ jobId, atMs });
      pending.push(handle.signal(wire.signals.cancel));
    } else {
      // One that the server gives up on, after 10 s, took at least so long.
      const asked = handle.query(wire.queries.progress).catch(() => undefined);
      pending.push(asked.then(() => void queryMs.push(Date.now() - atMs)));
    }
    await sleep(Math.max(0, QUERY_EVERY_MS - (Date.now() - atMs)));
  }
  await Promise.all(pending);
  const cancelled = new Set(cancels.map(({ jobId }) => jobId));
  await sleep(GRACE_MS);
  const cancelMs = await Promise.all(
    cancels.map(async ({ jobId, atMs }) => {
      const { cancelSeenAtMs } = await stage.control.job(jobId);
      return (cancelSeenAtMs ?? Date.now()) - atMs; // one that has not arrived is at least so late
    }),
  );
  return { queryMs, cancelMs, cancelled };
}

/** Does a piece of work so often, some at a time. @returns the results in order */
export async function inParallel<T>(count: number, width: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let index = next++; index < count; index = next++) results[index] = await work(index);
    }),
  );
  return results;
}
