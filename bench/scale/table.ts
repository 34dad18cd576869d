import { setTimeout as sleep } from 'node:timers/promises';
import type { PollingOptions } from '../../src/contract/index.ts';
import { workflowIdOf } from '../../src/client-library/job-ids.ts';
import { createJobTracker } from '../../src/client.ts';
import { createTeardown } from '../../src/cli/playground/teardown.ts';
import { NO_TREND } from '../../src/polling/memory.ts';
import { phaseOffsetOf } from '../../src/polling/phase-offset.ts';
import { DEFAULT_POLLING } from '../../src/contract/polling-options.ts';
import { nextIntervalMs } from '../../src/polling/interval.ts';
import { memoryMbOf } from '../live/process-facts.ts';
import { type Stage, startStage, TRACKER } from '../live/stage.ts';
import { quantileOf } from '../statistics.ts';
import { makeJob } from '../cost/jobs.ts';
import { type Asked, askWhile, inParallel } from './asking.ts';

export interface ScaleRow {
  jobs: number;
  cadence: string;
  pollsPerS: number;
  /** How late a poll begins, in the steady state. */
  latenessP50Ms: number;
  latenessP99Ms: number;
  queryP99Ms: number;
  /** The time from the signal to the moment when the service gets the cancel. */
  cancelP99Ms: number;
  startsPerS: number;
  workerMb: number;
  serverMb: number;
}

interface Load {
  jobs: number;
  cadence: string;
  polling: Required<PollingOptions>;
}

const fixed = (jobs: number, intervalMs: number): Load => ({
  jobs,
  cadence: `fixed ${intervalMs / 1_000} s`,
  polling: { ...DEFAULT_POLLING, mode: 'fixed', intervalMs },
});

const LOADS: readonly Load[] = [
  fixed(500, 2_000),
  fixed(500, 5_000),
  fixed(2_000, 2_000),
  fixed(2_000, 5_000),
  { jobs: 5_000, cadence: 'adaptive', polling: DEFAULT_POLLING },
];

export interface ScaleOptions {
  seed: number;
  /** How long each row is measured, in the steady state. */
  durationMs: number;
  note: (line: string) => void;
  /** The indexes of the loads to run, for a trial. Default: all loads. */
  only?: readonly number[];
}

const STARTERS = 32;
const QUEUE = 'scale';

/** Runs each load on its own server with its own worker. */
export async function scaleRows(options: ScaleOptions): Promise<ScaleRow[]> {
  const rows: ScaleRow[] = [];
  for (const [index, load] of LOADS.entries()) {
    if (options.only?.includes(index) === false) continue;
    const teardown = createTeardown();
    try {
      rows.push(await rowOf(await startStage({ ...options, teardown }), load, options));
    } finally {
      await teardown.run();
    }
  }
  return rows;
}

async function rowOf(stage: Stage, load: Load, { durationMs, note }: ScaleOptions): Promise<ScaleRow> {
  const { jobs, cadence } = load;
  note(`scale: ${jobs} jobs, ${cadence}`);
  // Jitter is off, so that it is known when each poll is due.
  const env = { JOBTRACK_MAX_HOLDS: String(jobs), BENCH_JITTER: 'off' };
  const worker = await stage.startWorker({ ...TRACKER, taskQueue: QUEUE, env });
  const beganAtMs = Date.now();
  const { jobIds, startsPerS } = await startJobs(stage, load);
  note(`scale: all started, ${startsPerS}/s`);
  await untilSteady(stage, jobs);
  note(
    `scale: steady after ${Math.round((Date.now() - beganAtMs) / 1_000)} s; measured for ${durationMs / 60_000} min`,
  );
  const steadyAtMs = Date.now();
  const asked: Asked = await askWhile({ stage, jobIds, forMs: durationMs });
  const tookS = (Date.now() - steadyAtMs) / 1_000;
  const [workerMb, serverMb] = await Promise.all([memoryMbOf(worker.pid), memoryMbOf(stage.serverPid)]);
  const reads = await stage.readsSince(0);
  const polls = Object.values(reads)
    .flat()
    .filter((atMs) => atMs >= steadyAtMs).length;
  const followed = Object.entries(reads).filter(([jobId]) => !asked.cancelled.has(jobId));
  const late = followed.flatMap((job) => latenessOf(job, load, steadyAtMs));
  return {
    jobs,
    cadence,
    startsPerS,
    workerMb,
    serverMb,
    pollsPerS: Math.round(polls / tookS),
    latenessP50Ms: quantileOf(late, 0.5),
    latenessP99Ms: quantileOf(late, 0.99),
    queryP99Ms: quantileOf(asked.queryMs, 0.99),
    cancelP99Ms: quantileOf(asked.cancelMs, 0.99),
  };
}

const HOUR_MS = 3_600_000;

async function startJobs(stage: Stage, { jobs, polling }: Load): Promise<{ jobIds: string[]; startsPerS: number }> {
  const tracker = createJobTracker({ client: stage.client, taskQueue: QUEUE });
  const jobIds = await inParallel(jobs, STARTERS, () => makeJob(stage.control, 'none', { durationMs: 2 * HOUR_MS }));
  const beganAtMs = Date.now();
  await inParallel(jobs, STARTERS, (index) =>
    tracker.track({ provider: 'deepwriter', jobId: jobIds[index] ?? '' }, { polling }),
  );
  return { jobIds, startsPerS: Math.round((jobs * 1_000) / (Date.now() - beganAtMs)) };
}

const LOOK_EVERY_MS = 5_000;
const SETTLE_MS = 20_000;
const STEADY_WITHIN_MS = 15 * 60_000;

/** Waits until each job was polled twice. Then waits `SETTLE_MS`, so that the backlog from the starts can empty. */
async function untilSteady(stage: Stage, jobs: number): Promise<void> {
  const untilMs = Date.now() + STEADY_WITHIN_MS;
  const settled = async (): Promise<boolean> => {
    const reads = Object.values(await stage.readsSince(0));
    return reads.length === jobs && reads.every((moments) => moments.length > 1);
  };
  while (Date.now() < untilMs && !(await settled())) await sleep(LOOK_EVERY_MS);
  await sleep(SETTLE_MS);
}

/** @returns how late each poll of a job was, in ms; this includes the time of the answer before it */
function latenessOf([jobId, reads]: [string, readonly number[]], { polling }: Load, sinceMs: number): number[] {
  const [first = 0] = reads;
  const phaseOffset = phaseOffsetOf(workflowIdOf({ provider: 'deepwriter', jobId, account: 'default' }));
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
