import type { FailureKind } from '../contract/failure.ts';
import type { Snapshot } from '../contract/job.ts';
import type { Deferral } from './admission.ts';
import { type EndRule, FAILURES, MISSING } from './failure.ts';
import { expectedRemainingMs, observeProgress } from './forecast.ts';
import {
  behindOffsetMs,
  type IntervalFacts,
  type IntervalTime,
  nextIntervalMs,
  troubleIntervalMs,
} from './interval.ts';
import {
  changeKeyOf,
  MODERATED_GRACE_MS,
  type PollAnswer,
  type PollMemory,
  type PollRequest,
  type Trend,
} from './memory.ts';
import { afterReport, mayReport } from './report-budget.ts';
import { reasonToReport } from './reporting.ts';
import { isOtherTimestamp } from './timestamp.ts';

/** The result of one call. */
export type PollResult =
  | { type: 'snapshot'; snapshot: Snapshot }
  | { type: 'failure'; kind: FailureKind; message: string; retryAfterMs: number | null; edge: boolean };

export interface PollTime extends IntervalTime, Pick<IntervalFacts, 'durations' | 'phaseOffset'> {
  /** If only progress changed, it is reported at most so often, ms. */
  readonly reportEveryMs: number;
  /** The account's budget allows no shorter interval, ms. */
  readonly leastMs?: number;
}

/** What follows from one result: the new memory, the report (null: none), and the interval until the next poll, ms. */
export interface Evaluation {
  readonly memory: PollMemory;
  readonly answer: PollAnswer | null;
  readonly intervalMs: number;
}

const TORN_MS = 1_000;
/** A deferral longer than this is reported at once, so that people see why the job is not polled (I7). */
const REPORTED_FROM_MS = 60_000;
/** A shorter deferral is no trouble: a job's own backoff and the pause of its account end at about the same time. */
const TROUBLE_FROM_MS = 2_000;

/** One poll: what the workflow asked for, what the polls before it left, and its time. */
export interface Poll {
  readonly request: PollRequest;
  readonly memory: PollMemory;
  readonly time: PollTime;
}

/** Evaluates the result of one poll: is there something to report, and when is the next poll? */
export function evaluate({ request, memory, time }: Poll, result: PollResult): Evaluation {
  const counted = { ...memory, polls: memory.polls + 1, lastPollAtMs: time.nowMs };
  const poll = { request, memory: counted, time };
  if (result.type === 'failure') {
    return result.kind === 'not-found' ? evaluateMissing(poll, result.message) : evaluateFailure(poll, result);
  }
  const { snapshot } = result;
  return isOtherTimestamp(memory.createdAt, snapshot.createdAt)
    ? evaluateMissing(poll, 'the answer is about another job under the same id')
    : evaluateSnapshot(poll, snapshot);
}

function evaluateSnapshot(poll: Poll, snapshot: Snapshot): Evaluation {
  const { request, memory: before, time } = poll;
  const { nowMs } = time;
  const trend = observeProgress(before.trend, snapshot, nowMs);
  const createdAt = before.createdAt ?? snapshot.createdAt;
  const read = { ...before, seen: true, createdAt, trend, refusal: null };
  if (snapshot.torn && !before.torn) {
    return dueAfter(TORN_MS, nowMs, { memory: { ...read, ...rowsEnded(before, nowMs), torn: true }, answer: null });
  }
  const intervalMs = snapshotIntervalMs(poll, snapshot, trend);
  const expectedEndAtMs = expectedEnd(snapshot, trend, nowMs);
  const calm = { ...read, expectedEndAtMs, torn: false, trouble: null, missing: null };
  const wasDueAtMs = nowMs - behindOffsetMs(request.policy, time.phaseOffset, nowMs);
  const nextMs = Math.max(intervalMs, time.leastMs ?? 0);
  const reason = reasonToReport(before, snapshot, { nowMs, wasDueAtMs, nextMs, reportEveryMs: time.reportEveryMs });
  const recovered = hasReportedMiss(before) || hasReportedTrouble(before);
  if (!recovered && request.report === 'changes' && reason === null) {
    return dueAfter(intervalMs, nowMs, { memory: calm, answer: null });
  }
  const budget = reason === 'change' ? { budget: afterReport(before.budget, nowMs) } : {};
  const memory = { ...calm, ...budget, reported: changeKeyOf(snapshot), reportedAtMs: wasDueAtMs };
  return dueAfter(intervalMs, nowMs, { memory, answer: { type: 'polled', snapshot } });
}

function snapshotIntervalMs({ request, memory, time }: Poll, snapshot: Snapshot, trend: Trend): number {
  if (snapshot.state === 'moderated') return MODERATED_GRACE_MS;
  const { usualMs, cancel, policy } = request;
  const { durations, phaseOffset } = time;
  return nextIntervalMs(policy, { trend, usualMs, sinceMs: memory.sinceMs, cancel, durations, phaseOffset }, time);
}

function expectedEnd({ state }: Snapshot, trend: Trend, nowMs: number): number | null {
  const remainingMs = state === 'running' ? expectedRemainingMs(trend, nowMs) : null;
  return remainingMs === null ? null : Math.round(nowMs + remainingMs);
}

/** A half-written answer ends a row of misses or trouble, as any other answer does. The next answer reports that they are over. */
function rowsEnded({ missing, trouble }: PollMemory, nowMs: number): Pick<PollMemory, 'missing' | 'trouble'> {
  return {
    missing: missing === null ? null : { ...missing, count: 0, sinceMs: nowMs },
    trouble: trouble === null ? null : { ...trouble, inRow: 0, edgeInRow: 0 },
  };
}

function evaluateMissing({ request, memory: before, time: { nowMs } }: Poll, message: string): Evaluation {
  const rule = before.seen ? MISSING.seenBefore : MISSING.neverSeen;
  const known = before.missing ?? { count: 0, sinceMs: nowMs };
  const row = { count: known.count + 1, sinceMs: known.sinceMs };
  const final = isEnough(rule, row, nowMs);
  const free = final || request.report === 'answer' || hasReportedTrouble(before);
  const begins = (known.count === 0 || !hasReportedMiss(before)) && mayReport(before.budget, nowMs);
  const isReported = free || begins;
  const budget = begins && !free ? { budget: afterReport(before.budget, nowMs) } : {};
  const missing = { ...row, ...(isReported || hasReportedMiss(before) ? {} : { reported: false }) };
  const memory = { ...before, ...budget, missing, trouble: null, expectedEndAtMs: null };
  return dueAfter(rule.everyMs, nowMs, { memory, answer: isReported ? { type: 'missing', message, final } : null });
}

type Failure = Extract<PollResult, { type: 'failure' }>;

function evaluateFailure({ memory: before, time: { nowMs, chance } }: Poll, result: Failure): Evaluation {
  const { kind, message } = result;
  const trouble = troubleAfter(before, result.edge, nowMs);
  const intervalMs = troubleIntervalMs({ ...result, ...trouble }, chance);
  const { reportedFrom, endsNeverSeen } = FAILURES[kind];
  const refusal = endsNeverSeen === null ? null : refused(before.refusal, kind, nowMs);
  const final = !before.seen && endsNeverSeen !== null && refusal !== null && isEnough(endsNeverSeen, refusal, nowMs);
  const begins = trouble.inRow >= reportedFrom && !trouble.reported.includes(kind) && mayReport(before.budget, nowMs);
  const budget = begins ? { budget: afterReport(before.budget, nowMs) } : {};
  const noted = { ...budget, trouble: begins ? reportedWith(trouble, kind) : trouble, expectedEndAtMs: null };
  const memory = { ...before, ...noted, refusal: refusal ?? before.refusal };
  const answer = { type: 'degraded', kind, message, sinceMs: trouble.sinceMs, final } as const;
  return dueAfter(intervalMs, nowMs, { memory, answer: begins || final ? answer : null });
}

/** Evaluates a deferred poll: trouble of its kind, but no poll. It is due again after the wait. */
export function evaluateDeferral(before: PollMemory, deferral: Deferral, nowMs: number): Evaluation {
  const { kind, reason: message, waitMs } = deferral;
  if (kind === null || waitMs < TROUBLE_FROM_MS) return dueAfter(waitMs, nowMs, { memory: before, answer: null });
  const trouble = troubleAfter(before, false, nowMs);
  const isDue = trouble.inRow >= FAILURES[kind].reportedFrom || waitMs > REPORTED_FROM_MS;
  const begins = isDue && !trouble.reported.includes(kind);
  const memory = { ...before, trouble: begins ? reportedWith(trouble, kind) : trouble, expectedEndAtMs: null };
  const answer = { type: 'degraded', kind, message, sinceMs: trouble.sinceMs, final: false } as const;
  return dueAfter(waitMs, nowMs, { memory, answer: begins ? answer : null });
}

type Trouble = NonNullable<PollMemory['trouble']>;

/** @returns the trouble with one more failure in the row */
function troubleAfter({ trouble }: PollMemory, isEdge: boolean, nowMs: number): Trouble {
  const { inRow, edgeInRow, ...known } = trouble ?? { inRow: 0, edgeInRow: 0, sinceMs: nowMs, reported: [] };
  return { inRow: inRow + 1, edgeInRow: edgeInRow + (isEdge ? 1 : 0), ...known };
}

function reportedWith(trouble: Trouble, kind: FailureKind): Trouble {
  return { ...trouble, reported: [...trouble.reported, kind] };
}

/** @returns whether a row of answers is long enough to count */
function isEnough(rule: EndRule, { count, sinceMs }: { count: number; sinceMs: number }, nowMs: number): boolean {
  return count >= rule.after && nowMs - sinceMs >= rule.overMs;
}

function hasReportedTrouble(memory: PollMemory): boolean {
  return (memory.trouble?.reported.length ?? 0) > 0;
}

function hasReportedMiss({ missing }: PollMemory): boolean {
  return missing !== null && missing.reported !== false;
}

function refused(before: PollMemory['refusal'], kind: FailureKind, nowMs: number): NonNullable<PollMemory['refusal']> {
  return before?.kind === kind ? { ...before, count: before.count + 1 } : { kind, count: 1, sinceMs: nowMs };
}

/** Moves the next poll to within these bounds, ms. */
export function within(
  evaluation: Evaluation,
  { leastMs, mostMs = Number.POSITIVE_INFINITY }: { leastMs: number; mostMs?: number },
  nowMs: number,
): Evaluation {
  const intervalMs = Math.max(leastMs, Math.min(mostMs, evaluation.intervalMs));
  return intervalMs === evaluation.intervalMs ? evaluation : dueAfter(intervalMs, nowMs, evaluation);
}

type WithoutNext<Answer> = Answer extends PollAnswer ? Omit<Answer, 'memory' | 'intervalMs'> : never;

/** @returns the evaluation if the next poll is due after this interval, ms */
function dueAfter(
  intervalMs: number,
  nowMs: number,
  found: { memory: PollMemory; answer: WithoutNext<PollAnswer> | null },
): Evaluation {
  const memory = { ...found.memory, nextPollAtMs: nowMs + intervalMs };
  return { memory, intervalMs, answer: found.answer && { ...found.answer, memory, intervalMs } };
}
