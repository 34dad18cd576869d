import type { PollingOptions } from '../../src/contract/index.ts';
import { createTeardown } from '../../src/cli/playground/teardown.ts';
import { DEFAULT_POLLING } from '../../src/contract/polling-options.ts';
import { latenessOf, startJobs, untilSteady } from '../live/load.ts';
import { memoryMbOf } from '../live/process-facts.ts';
import { type Stage, startStage, TRACKER } from '../live/stage.ts';
import { quantileOf } from '../statistics.ts';
import { type Asked, askWhile } from './asking.ts';

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
  const { jobIds, startsPerS } = await startJobs(stage, { ...load, taskQueue: QUEUE });
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
  const late = followed.flatMap((job) => latenessOf(job, { polling: load.polling, sinceMs: steadyAtMs }));
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
