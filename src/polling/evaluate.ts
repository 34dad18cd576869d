import type { FailureKind } from '../contract/failure.ts';
import type { Snapshot } from '../contract/job.ts';
import { reasonToReport } from './reporting.ts';
import type { Durations } from './durations.ts';
import { type FailureMeaning, FAILURES, MISSING } from './failure.ts';
import { behindOffsetMs, nextIntervalMs, troubleIntervalMs } from './interval.ts';
import {
  changeKeyOf,
  MODERATED_GRACE_MS,
  type PollAnswer,
  type PollMemory,
  type PollRequest,
  type Trend,
} from './memory.ts';
import { isSameTimestamp } from './timestamp.ts';
import { expectedRemainingMs, observeProgress, type ProgressReading } from './forecast.ts';
import { mayReport, afterReport } from './report-budget.ts';

/** The result of one call. */
export type PollResult =
  | { type: 'snapshot'; snapshot: Snapshot }
  | { type: 'failure'; kind: FailureKind; message: string; retryAfterMs: number | null; edge: boolean };

export interface PollTime {
  readonly nowMs: number;
  /** In [0, 1), for jitter. */
  readonly chance: number;
  /** If only progress changed, it is reported at most so often, ms. */
  readonly reportEveryMs: number;
  /** The account's budget allows no shorter interval, ms. */
  readonly leastMs?: number;
  /** How long the account's jobs run, as far as this worker knows. */
  readonly durations?: Durations;
  /** See IntervalFacts.phaseOffset. */
  readonly phaseOffset?: number;
}

/** What follows from one result: the new memory, the report (null: none), and the interval until the next poll, ms. */
export interface Evaluation {
  readonly memory: PollMemory;
  readonly answer: PollAnswer | null;
  readonly intervalMs: number;
}

const TORN_MS = 1_000;

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
  return isAnother(memory.createdAt, snapshot.createdAt)
    ? evaluateMissing(poll, 'the answer is about another job under the same id')
    : evaluateSnapshot(poll, snapshot);
}

/** A missing creation time says nothing. */
function isAnother(known: string | null, now: string | null): boolean {
  return known !== null && now !== null && !isSameTimestamp(known, now);
}

function evaluateSnapshot(poll: Poll, snapshot: Snapshot): Evaluation {
  const { request, memory: before, time } = poll;
  const { nowMs } = time;
  const trend = observeProgress(before.trend, progressIn(snapshot), nowMs);
  const createdAt = before.createdAt ?? snapshot.createdAt;
  const read = { ...before, seen: true, createdAt, trend, refusal: null };
  if (snapshot.torn && !before.torn) return quiet({ ...read, ...rowsEnded(before, nowMs), torn: true }, TORN_MS, nowMs);
  const intervalMs = snapshotIntervalMs(poll, snapshot, trend);
  const calm = {
    ...read,
    expectedEndAtMs: expectedEnd(snapshot, trend, nowMs),
    torn: false,
    trouble: null,
    missing: null,
  };
  const wasDueAtMs = nowMs - behindOffsetMs(request.policy, time.phaseOffset, nowMs);
  const nextMs = Math.max(intervalMs, time.leastMs ?? 0);
  const reason = reasonToReport(before, snapshot, { nowMs, wasDueAtMs, nextMs, reportEveryMs: time.reportEveryMs });
  const recovered = hasReportedMiss(before) || hasReportedTrouble(before);
  if (!recovered && request.report === 'changes' && reason === null) return quiet(calm, intervalMs, nowMs);
  const budget = reason === 'change' ? { budget: afterReport(before.budget, nowMs) } : {};
  const reported = { reported: changeKeyOf(snapshot), reportedAtMs: wasDueAtMs };
  const memory = due({ ...calm, ...budget, ...reported }, intervalMs, nowMs);
  return { memory, intervalMs, answer: { type: 'polled', snapshot, memory, intervalMs } };
}

function progressIn({ state, progress, startedAt, ranForMs }: Snapshot): ProgressReading {
  return { running: state === 'running', progress, startedAt, ranForMs };
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
  const { count, sinceMs } = before.missing ?? { count: 0, sinceMs: nowMs };
  const final = count + 1 >= rule.after && nowMs - sinceMs >= rule.overMs;
  const free = final || request.report === 'answer' || hasReportedTrouble(before);
  const begins = (count === 0 || !hasReportedMiss(before)) && mayReport(before.budget, nowMs);
  const isReported = free || begins;
  const budget = begins && !free ? { budget: afterReport(before.budget, nowMs) } : {};
  const unreported = isReported || hasReportedMiss(before) ? {} : { reported: false };
  const missing = { count: count + 1, sinceMs, ...unreported };
  const known = { ...before, ...budget, missing, trouble: null, expectedEndAtMs: null };
  const memory = due(known, rule.everyMs, nowMs);
  const answer = { type: 'missing', message, final, memory, intervalMs: rule.everyMs } as const;
  return { memory, intervalMs: rule.everyMs, answer: isReported ? answer : null };
}

type Failure = Extract<PollResult, { type: 'failure' }>;

function evaluateFailure({ memory: before, time: { nowMs, chance } }: Poll, result: Failure): Evaluation {
  const { kind, message } = result;
  const inRow = (before.trouble?.inRow ?? 0) + 1;
  const edgeInRow = (before.trouble?.edgeInRow ?? 0) + (result.edge ? 1 : 0);
  const sinceMs = before.trouble?.sinceMs ?? nowMs;
  const intervalMs = troubleIntervalMs({ ...result, inRow, edgeInRow }, chance);
  const rule = FAILURES[kind];
  const refusal = rule.endsNeverSeen === null ? before.refusal : refused(before.refusal, kind, nowMs);
  const final = !before.seen && isFinal(rule.endsNeverSeen, refusal, nowMs);
  const reported = before.trouble?.reported ?? [];
  const begins = inRow >= rule.reportedFrom && !reported.includes(kind) && mayReport(before.budget, nowMs);
  const budget = begins ? { budget: afterReport(before.budget, nowMs) } : {};
  const trouble = { inRow, edgeInRow, sinceMs, reported: begins ? [...reported, kind] : reported };
  const memory = due({ ...before, ...budget, trouble, refusal, expectedEndAtMs: null }, intervalMs, nowMs);
  const answer = { type: 'degraded', kind, message, sinceMs, final, memory, intervalMs } as const;
  return { memory, intervalMs, answer: begins || final ? answer : null };
}

function isFinal(rule: FailureMeaning['endsNeverSeen'], refusal: PollMemory['refusal'], nowMs: number): boolean {
  if (rule === null || refusal === null) return false;
  return refusal.count >= rule.after && nowMs - refusal.sinceMs >= rule.overMs;
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

function quiet(memory: PollMemory, intervalMs: number, nowMs: number): Evaluation {
  return { memory: due(memory, intervalMs, nowMs), intervalMs, answer: null };
}

function due(memory: PollMemory, intervalMs: number, nowMs: number): PollMemory {
  return { ...memory, nextPollAtMs: nowMs + intervalMs };
}
