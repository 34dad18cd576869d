import { setTimeout as sleep } from 'node:timers/promises';
import { wire } from '../../src/contract/index.ts';
import { workflowIdOf } from '../../src/client-library/job-ids.ts';
import type { Stage } from '../live/stage.ts';

/** The queries and cancels during the measurement, and how long they took. */
export interface Asked {
  queryMs: number[];
  cancelMs: number[];
  cancelled: ReadonlySet<string>;
}

interface Asking {
  stage: Stage;
  jobIds: readonly string[];
  forMs: number;
  /** @returns the account of a job. Default: the default account */
  accountOf?: (jobId: string) => string;
}

const QUERY_EVERY_MS = 250;
/** The number of jobs that are cancelled. At most a tenth of the jobs is cancelled, so that the load stays. */
const CANCELS = 200;
/** The last cancels have this time to arrive. */
const GRACE_MS = 5_000;

/** Queries the progress of one job after the other at a steady rate, and cancels some jobs. */
export async function askWhile({ stage, jobIds, forMs, accountOf = () => 'default' }: Asking): Promise<Asked> {
  const untilMs = Date.now() + forMs;
  const queryMs: number[] = [];
  const cancels: { jobId: string; atMs: number }[] = [];
  const pending: Promise<void>[] = [];
  const cancelEveryMs = forMs / Math.min(CANCELS, jobIds.length / 10);
  for (let count = 0; Date.now() < untilMs; count++) {
    const isCancel = cancels.length * cancelEveryMs < forMs - (untilMs - Date.now());
    const jobId = jobIds.at(isCancel ? cancels.length : -1 - (count % Math.ceil(jobIds.length / 2))) ?? '';
    const workflowId = workflowIdOf({ provider: 'deepwriter', jobId, account: accountOf(jobId) });
    const handle = stage.client.workflow.getHandle(workflowId);
    const atMs = Date.now();
    if (isCancel) {
      cancels.push({ jobId, atMs });
      // The server may refuse a signal of an overloaded worker. Such a cancel has not arrived, and is counted so.
      pending.push(handle.signal(wire.signals.cancel).catch(() => undefined));
    } else {
      // The server gives up a query after 10 s. Then these 10 s are counted: the query took at least this long.
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
      return (cancelSeenAtMs ?? Date.now()) - atMs; // a cancel that has not arrived is at least this late
    }),
  );
  return { queryMs, cancelMs, cancelled };
}

/** Calls `work` for each index below `count`, at most `width` calls at a time. @returns the results, in the order of the indexes */
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
