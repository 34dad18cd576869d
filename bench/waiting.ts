// Thousands of results are awaited in one process, this one, while jobs end. This measures what the waiters cost, and how late they are.
// With the defaults it takes about 15 minutes.
import type { Connection } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTeardown } from '../src/cli/playground/teardown.ts';
import { createJobTracker, type TrackedJob } from '../src/client.ts';
import { listClosed } from '../src/client-library/waiting/closed-runs.ts';
import { programLine } from '../src/process/program-line.ts';
import { wholeNumberFrom } from '../test/support/number-arguments.ts';
import { setup as build } from '../test/support/setup-build.ts';
import { type Stage, startStage, TRACKER } from './live/stage.ts';
import { inParallel } from './scale/asking.ts';
import { quantileOf } from './statistics.ts';
import { type CallCounts, countedClient } from './waiting-calls.ts';

const commandLine = programLine(
  'npx tsx bench/waiting.ts',
  'Results of many jobs are awaited in one process while jobs end: how late are they, and what do they cost?',
)
  .argument('[jobs]', 'how many', wholeNumberFrom(1), 5_000)
  .argument('[ends]', 'jobs that end in a second', wholeNumberFrom(1), 15)
  .argument(
    '[seconds]',
    'of each of three measurements: without the waiters, with them, without them',
    wholeNumberFrom(1),
    60,
  )
  // 5 000 jobs every 30 s are more than two cores can poll. Then lateness says nothing about the waiters.
  .argument('[interval]', 'seconds between two polls of a job', wholeNumberFrom(1), 120);
const [jobs, ends, seconds, intervalS] = commandLine.parse().processedArgs as [number, number, number, number];

const MOST_LONG_POLLS = 20;
const RESULT_WITHIN_MS = 3_000;
/** Two measurements of the same lateness differ by this much. */
const LATENESS = { times: 1.25, moreMs: 50 } as const;
const INTERVAL_MS = intervalS * 1_000;
const QUEUE = 'waiting';
const STARTERS = 32;
const STEADY_WITHIN_MS = 10 * 60_000;
const note = (line: string): void => void process.stderr.write(`${line}\n`);

interface Job {
  readonly jobId: string;
  readonly tracked: TrackedJob;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What the callers of `result()` saw. */
interface Seen {
  readonly calledMs: number;
  /** When each result came, epoch ms, by workflow id. */
  readonly atMs: Map<string, number>;
  readonly errors: unknown[];
}

/** Makes and tracks jobs that end when they are released. */
async function startJobs(stage: Stage): Promise<Job[]> {
  const tracker = createJobTracker({ client: stage.client, taskQueue: QUEUE });
  const polling = { mode: 'fixed', intervalMs: INTERVAL_MS } as const;
  const steps = [
    { afterMs: 0, answer: { status: 'in_progress', progress: null } },
    { afterRelease: true, answer: { status: 'completed', progress: null } },
  ];
  return inParallel(jobs, STARTERS, async () => {
    const { jobId } = await stage.control.createJob({ scenario: 'script', steps, expected: { status: 'completed' } });
    return { jobId, tracked: await tracker.track({ provider: 'deepwriter', jobId }, { polling }) };
  });
}

/**
 * Waits until each job was polled twice, and for another interval, in which the backlog from the starts empties.
 * @throws with the facts about one missing job, if the machine is too busy for so many jobs, or if a poll was lost
 */
async function untilSteady(stage: Stage, all: readonly Job[]): Promise<void> {
  const untilMs = Date.now() + STEADY_WITHIN_MS;
  for (;;) {
    const reads = await stage.readsSince(0);
    const missing = all.filter(({ jobId }) => (reads[jobId]?.length ?? 0) < 2);
    const [first] = missing;
    if (first === undefined) return sleep(INTERVAL_MS);
    if (Date.now() > untilMs) {
      const times = (reads[first.jobId] ?? []).map((atMs) => new Date(atMs).toISOString());
      const what = `${missing.length} of ${jobs} jobs were not polled twice in 10 min`;
      throw new Error(`${what}; one of them was polled at [${times.join()}]\n${await factsOf(stage, first)}`);
    }
    await sleep(2_000);
  }
}

/** @returns what runs for a job now, and the types of its events with their times */
async function factsOf({ client }: Stage, { tracked: { workflowId } }: Job): Promise<string> {
  const handle = client.workflow.getHandle(workflowId);
  const { raw } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const line = (event: NonNullable<typeof events>[number]): string =>
    `${new Date(Number(event.eventTime?.seconds) * 1_000).toISOString()} ${Object.keys(event).find((key) => key.endsWith('EventAttributes'))}`;
  return [
    JSON.stringify(raw.pendingActivities),
    JSON.stringify(raw.pendingWorkflowTask),
    ...(events ?? []).map(line),
  ].join('\n');
}

/** Lets jobs end at a steady rate for the time of one measurement. */
async function endSome(stage: Stage, open: Job[]): Promise<Span> {
  const fromMs = Date.now();
  for (let second = 1; second <= seconds; second++) {
    await Promise.all(open.splice(0, ends).map(({ jobId }) => stage.control.release(jobId)));
    await sleep(Math.max(0, fromMs + second * 1_000 - Date.now()));
  }
  return { fromMs, toMs: Date.now() };
}

function awaitAll(client: Parameters<typeof listClosed>[0], all: readonly Job[], signal: AbortSignal): Seen {
  const tracker = createJobTracker({ client, taskQueue: QUEUE });
  const seen: Seen = { calledMs: Date.now(), atMs: new Map(), errors: [] };
  for (const { workflowId } of all.map(({ tracked }) => tracked)) {
    const result = tracker.get(workflowId).result({ signal });
    result.then(
      () => seen.atMs.set(workflowId, Date.now()),
      (error: unknown) => (signal.aborted ? undefined : seen.errors.push(error)),
    );
  }
  return seen;
}

/** @returns how long after its workflow's end each result came, ms, for workflows that ended while their results were awaited */
async function delaysOf(stage: Stage, { calledMs, atMs }: Seen, untilMs: number): Promise<number[]> {
  const closed = await listClosed(stage.client, new Date(calledMs).toISOString(), new AbortController().signal);
  return closed
    .filter(({ closedAt }) => Date.parse(closedAt) < untilMs)
    .map(({ workflowId, closedAt }) => (atMs.get(workflowId) ?? Date.now()) - Date.parse(closedAt));
}

/** @returns how late the polls in a span were, ms; this includes the time of the answer before */
function latenessIn(
  reads: Record<string, number[]>,
  { fromMs, toMs }: Span,
): { p50Ms: number; p99Ms: number; polls: number } {
  const late = Object.values(reads).flatMap((moments) =>
    moments.flatMap((atMs, index) => {
      const before = moments[index - 1];
      return before === undefined || atMs < fromMs || atMs >= toMs ? [] : [Math.max(0, atMs - before - INTERVAL_MS)];
    }),
  );
  return { p50Ms: quantileOf(late, 0.5), p99Ms: quantileOf(late, 0.99), polls: late.length };
}

async function measure(stage: Stage, client: Parameters<typeof listClosed>[0], counts: CallCounts) {
  const all = await startJobs(stage);
  note(`all ${jobs} jobs are tracked; now until each was polled twice`);
  await untilSteady(stage, all);
  const open = [...all];
  note(`${seconds} s without waiters, ${ends} jobs end in a second`);
  const before = await endSome(stage, open);
  const stop = new AbortController();
  note(`${seconds} s with ${jobs} waiters`);
  const seen = awaitAll(client, all, stop.signal);
  const during = await endSome(stage, open);
  await sleep(2 * RESULT_WITHIN_MS); // Those that ended last have this time. Later ones count as late.
  stop.abort();
  const delays = await delaysOf(stage, seen, during.toMs);
  note(`${seconds} s without waiters again`);
  const after = await endSome(stage, open);
  const reads = await stage.readsSince(0);
  return {
    jobs,
    results: seen.atMs.size,
    whileAwaited: delays.length,
    mostLongPolls: counts.mostLongPolls,
    refused: counts.refused,
    errors: seen.errors.length,
    requestsPerS: Math.round(counts.calls / ((during.toMs - during.fromMs) / 1_000)),
    delay: { p50Ms: quantileOf(delays, 0.5), p99Ms: quantileOf(delays, 0.99), maxMs: Math.max(0, ...delays) },
    lateness: {
      withoutBefore: latenessIn(reads, before),
      withWaiters: latenessIn(reads, during),
      withoutAfter: latenessIn(reads, after),
    },
  };
}

function isKept(row: Awaited<ReturnType<typeof measure>>): boolean {
  const { withoutBefore, withWaiters, withoutAfter } = row.lateness;
  const usualMs = Math.max(withoutBefore.p99Ms, withoutAfter.p99Ms);
  return (
    row.whileAwaited > 0 &&
    row.mostLongPolls <= MOST_LONG_POLLS &&
    row.refused + row.errors === 0 &&
    row.delay.p99Ms <= RESULT_WITHIN_MS &&
    withWaiters.p99Ms <= usualMs * LATENESS.times + LATENESS.moreMs
  );
}

const teardown = createTeardown();
let kept = false;
try {
  await build();
  const stage = await startStage({ seed: 1, note, teardown });
  await stage.startWorker({
    ...TRACKER,
    taskQueue: QUEUE,
    env: { JOBTRACK_MAX_HOLDS: String(jobs), BENCH_JITTER: 'off' },
  });
  const { client, counts } = await countedClient((stage.client.connection as Connection).options.address);
  teardown.add(() => (client.connection as Connection).close());
  const row = await measure(stage, client, counts);
  console.log(JSON.stringify(row, null, 2));
  kept = isKept(row);
} finally {
  await teardown.run();
}
console.log(kept ? 'kept' : 'BROKEN');
process.exitCode = kept ? 0 : 1;
