// The only worker of many jobs is replaced. This measures how late their polls are after the new worker is up.
// It takes about 3 minutes.
import { setTimeout as sleep } from 'node:timers/promises';
import { createJobTracker } from '../src/client.ts';
import { programLine } from '../src/process/program-line.ts';
import { wholeNumberFrom } from '../test/support/number-arguments.ts';
import { createTeardown } from '../src/cli/playground/teardown.ts';
import type { Child } from '../src/embedded/child.ts';
import { setup as build } from '../test/support/setup-build.ts';
import { makeJob } from './cost/jobs.ts';
import { type Stage, startStage, TRACKER } from './live/stage.ts';
import { inParallel } from './scale/asking.ts';
import { quantileOf } from './statistics.ts';

const commandLine = programLine(
  'npx tsx bench/replacement.ts',
  'The only worker is replaced under many jobs: how late are their polls?',
)
  .argument('[jobs]', 'how many', wholeNumberFrom(1), 500)
  .argument('[interval]', 'seconds between two polls', wholeNumberFrom(1), 5)
  .argument('[times]', 'how often it is replaced', wholeNumberFrom(1), 3);
const [jobs, intervalS, times] = commandLine.parse().processedArgs as [number, number, number];
const ALLOWED_MS = 5_000;
const CALM_MS = 20_000;
const QUEUE = 'replacement';
const note = (line: string): void => void process.stderr.write(`${line}\n`);

interface Replaced {
  /** The time from SIGTERM to the end of the old worker, in ms. */
  drainedMs: number;
  /** The time from the end of the old worker until the new one polls, in ms. */
  startedMs: number;
  /** How late the polls are, in ms. A poll that was due before the new worker was up counts from that moment. */
  late: { p50Ms: number; p99Ms: number; maxMs: number };
  outcomes: number;
}

const startWorker = (stage: Stage): Promise<Child> =>
  stage.startWorker({ ...TRACKER, taskQueue: QUEUE, env: { JOBTRACK_MAX_HOLDS: String(jobs), BENCH_JITTER: 'off' } });

/** Replaces the worker while the jobs run. Then waits until they end. */
async function replace(stage: Stage, old: Child): Promise<{ replaced: Replaced; worker: Child }> {
  const tracker = createJobTracker({ client: stage.client, taskQueue: QUEUE });
  const jobIds = await inParallel(jobs, 32, () => makeJob(stage.control, 'none', { durationMs: 3 * CALM_MS + 60_000 }));
  const polling = { mode: 'fixed', intervalMs: intervalS * 1_000 } as const;
  const tracked = await inParallel(jobs, 32, (index) =>
    tracker.track({ provider: 'deepwriter', jobId: jobIds[index] ?? '' }, { polling }),
  );
  await sleep(CALM_MS);
  const stoppedAtMs = Date.now();
  await old.stop(40_000);
  const goneAtMs = Date.now();
  const worker = await startWorker(stage);
  const upAtMs = Date.now();
  await sleep(CALM_MS);
  const reads = await stage.readsSince(0);
  const late = jobIds.flatMap((jobId) => latenessOf(reads[jobId] ?? [], { upAtMs, stoppedAtMs, untilMs: Date.now() }));
  const outcomes = await inParallel(jobs, 100, async (index) => (await tracked[index]?.result())?.status);
  const replaced = {
    drainedMs: goneAtMs - stoppedAtMs,
    startedMs: upAtMs - goneAtMs,
    late: { p50Ms: quantileOf(late, 0.5), p99Ms: quantileOf(late, 0.99), maxMs: Math.max(...late) },
    outcomes: outcomes.filter((status) => status === 'completed').length,
  };
  return { replaced, worker };
}

/**
 * @returns the lateness in ms of each poll since the old worker was asked to stop. The last value is that of the next poll, which has
 * not come yet.
 */
function latenessOf(
  reads: readonly number[],
  { upAtMs, stoppedAtMs, untilMs }: { upAtMs: number; stoppedAtMs: number; untilMs: number },
): number[] {
  return [...reads, untilMs].flatMap((atMs, index) => {
    const before = reads[index - 1];
    if (before === undefined || atMs < stoppedAtMs) return [];
    return [Math.max(0, atMs - Math.max(before + intervalS * 1_000, upAtMs))];
  });
}

const teardown = createTeardown();
let isKept = true;
try {
  await build();
  const stage = await startStage({ seed: 1, note, teardown });
  let worker = await startWorker(stage);
  for (let time = 1; time <= times; time++) {
    note(`replacement ${time} of ${times}: ${jobs} jobs, polled every ${intervalS} s`);
    const done = await replace(stage, worker);
    worker = done.worker;
    console.log(JSON.stringify(done.replaced));
    isKept &&= done.replaced.late.maxMs <= ALLOWED_MS && done.replaced.outcomes === jobs;
  }
} finally {
  await teardown.run();
}
console.log(isKept ? 'kept' : 'BROKEN');
process.exitCode = isKept ? 0 : 1;
