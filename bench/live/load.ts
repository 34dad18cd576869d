import { setTimeout as sleep } from 'node:timers/promises';
import { workflowIdOf } from '../../src/client-library/job-ids.ts';
import { createJobTracker } from '../../src/client.ts';
import type { PollingOptions } from '../../src/contract/index.ts';
import { nextIntervalMs } from '../../src/polling/interval.ts';
import { NO_TREND } from '../../src/polling/memory.ts';
import { phaseOffsetOf } from '../../src/polling/phase-offset.ts';
import { makeJob } from '../cost/jobs.ts';
import { inParallel } from '../scale/asking.ts';
import type { Stage } from './stage.ts';

const HOUR_MS = 3_600_000;

/** Jobs that a worker tracks. */
interface Jobs {
  readonly jobs: number;
  readonly taskQueue: string;
  readonly polling: Required<PollingOptions>;
  /** @returns the account of a job. Default: the default account */
  readonly accountOf?: (index: number) => string;
}

const STARTERS = 32;

/** Makes jobs that run for 2 h, and has them tracked. */
export async function startJobs(
  stage: Stage,
  { jobs, taskQueue, polling, accountOf = () => 'default' }: Jobs,
): Promise<{ jobIds: string[]; startsPerS: number }> {
  const tracker = createJobTracker({ client: stage.client, taskQueue });
  const jobIds = await inParallel(jobs, STARTERS, () => makeJob(stage.control, 'none', { durationMs: 2 * HOUR_MS }));
  const beganAtMs = Date.now();
  await inParallel(jobs, STARTERS, (index) =>
    tracker.track({ provider: 'deepwriter', jobId: jobIds[index] ?? '', account: accountOf(index) }, { polling }),
  );
  return { jobIds, startsPerS: Math.round((jobs * 1_000) / (Date.now() - beganAtMs)) };
}

const LOOK_EVERY_MS = 5_000;
const SETTLE_MS = 20_000;
const STEADY_WITHIN_MS = 15 * 60_000;

/**
 * Waits until each job was polled twice, at most `withinMs`. Then waits `SETTLE_MS`, so that the backlog from the starts can empty.
 */
export async function untilSteady(stage: Stage, jobs: number, withinMs = STEADY_WITHIN_MS): Promise<void> {
  const untilMs = Date.now() + withinMs;
  const settled = async (): Promise<boolean> => {
    const reads = Object.values(await stage.readsSince(0));
    return reads.length === jobs && reads.every((moments) => moments.length > 1);
  };
  while (Date.now() < untilMs && !(await settled())) await sleep(LOOK_EVERY_MS);
  await sleep(SETTLE_MS);
}

interface Read {
  readonly polling: Required<PollingOptions>;
  /** Polls before it do not count, epoch ms. */
  readonly sinceMs: number;
  /** Default: the default account. */
  readonly account?: string;
}

/** @returns how late each poll of a job was, in ms; this includes the time of the answer before it */
export function latenessOf(
  [jobId, reads]: [string, readonly number[]],
  { polling, sinceMs, account = 'default' }: Read,
): number[] {
  const [first = 0] = reads;
  const phaseOffset = phaseOffsetOf(workflowIdOf({ provider: 'deepwriter', jobId, account }));
  return reads.flatMap((atMs, index) => {
    const before = reads[index - 1];
    if (before === undefined || atMs < sinceMs) return [];
    const facts = {
      trend: { ...NO_TREND, runningSinceMs: first },
      usualMs: null,
      sinceMs: first,
      cancel: null,
      phaseOffset,
    };
    return [Math.max(0, atMs - before - nextIntervalMs(polling, facts, { nowMs: before, chance: 0 }))];
  });
}
