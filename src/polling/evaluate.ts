import type { FailureKind } from '../contract/failure.ts';
import type { Snapshot } from '../contract/job.ts';
import { whyTold } from './change.ts';
import type { Durations } from './durations.ts';
import { FAILURES, MISSING } from './failure.ts';
import { behindPlaceMs, nextIntervalMs, troubleIntervalMs } from './interval.ts';
import type { PollAnswer, PollMemory, PollRequest } from './memory.ts';
import { MODERATED_GRACE_MS, changeKeyOf } from './memory.ts';
import { isSameMoment } from './moment.ts';
import { expectedRemainingMs, observePace } from './pace.ts';
import { mayReport, reported } from './report-budget.ts';

/** One call's result, before it is weighed. */
export type Reading =
  | { type: 'snapshot'; snapshot: Snapshot }
  | { type: 'failure'; kind: FailureKind; message: string; retryAfterMs: number | null; edge: boolean };

export interface PollTime {
  readonly nowMs: number;
  /** In [0, 1), for jitter. */
  readonly chance: number;
  /** Progress alone is told at most so often, ms. */
  readonly reportEveryMs: number;
  /** The account's budget allows no shorter interval, ms. */
  readonly leastMs?: number;
  /** How long the account's jobs run, as far as this worker has learnt it. */
  readonly learnt?: Durations;
  /** See IntervalFacts.place. */
  readonly place?: number;
}

/** What one reading comes to: remember, tell (or null: nothing to tell), and poll again after the interval. */
export interface Weighed {
  readonly memory: PollMemory;
  readonly answer: PollAnswer | null;
  readonly intervalMs: number;
}

const TORN_MS = 1_000;

/** Weighs one reading: is there something to tell, and when is the next poll? */
export function weigh(request: PollRequest, memory: PollMemory, reading: Reading, time: PollTime): Weighed {
  const counted = { ...memory, polls: memory.polls + 1, lastPollAtMs: time.nowMs };
  if (reading.type === 'failure') {
    return reading.kind === 'not-found'
      ? weighMissing(request, counted, reading.message, time)
      : weighTrouble(request, counted, reading, time);
  }
  const { snapshot } = reading;
  const reused = isAnother(memory.createdAt, snapshot.createdAt);
  if (reused) return weighMissing(request, counted, 'the answer is about another job under the same id', time);
  return weighSnapshot(request, counted, snapshot, time);
}

/** A creation time that is not told says nothing. */
function isAnother(known: string | null, now: string | null): boolean {
  return known !== null && now !== null && !isSameMoment(known, now);
}

function weighSnapshot(request: PollRequest, before: PollMemory, snapshot: Snapshot, time: PollTime): Weighed {
  const { nowMs } = time;
  const running = snapshot.state === 'running';
  const { progress, startedAt, ranForMs } = snapshot;
  const pace = observePace(before.pace, { running, progress, startedAt, ranForMs }, nowMs);
  const read = { ...before, seen: true, createdAt: before.createdAt ?? snapshot.createdAt, pace, refusal: null };
  if (snapshot.torn && !before.torn) return quiet({ ...read, ...rowsEnded(before, nowMs), torn: true }, TORN_MS, nowMs);
  const facts = {
    pace,
    usualMs: request.usualMs,
    sinceMs: before.sinceMs,
    cancel: request.cancel,
    learnt: time.learnt,
    place: time.place,
  };
  const intervalMs =
    snapshot.state === 'moderated' ? MODERATED_GRACE_MS : nextIntervalMs(request.policy, facts, nowMs, time.chance);
  const remainingMs = running ? expectedRemainingMs(pace, nowMs) : null;
  const expectedEndAtMs = remainingMs === null ? null : Math.round(nowMs + remainingMs);
  const calm = { ...read, expectedEndAtMs, torn: false, trouble: null, missing: null };
  const wasDueAtMs = nowMs - behindPlaceMs(request.policy, time.place, nowMs);
  const nextMs = Math.max(intervalMs, time.leastMs ?? 0);
  const why = whyTold(before, snapshot, { nowMs, wasDueAtMs, nextMs, reportEveryMs: time.reportEveryMs });
  const recovered = hasToldMiss(before) || hasToldTrouble(before);
  if (!recovered && request.tell === 'changes' && why === null) return quiet(calm, intervalMs, nowMs);
  const budget = why === 'change' ? { budget: reported(before.budget, nowMs) } : {};
  const memory = due({ ...calm, ...budget, told: changeKeyOf(snapshot), toldAtMs: wasDueAtMs }, intervalMs, nowMs);
  return { memory, intervalMs, answer: { type: 'polled', snapshot, memory, intervalMs } };
}

/** A half-written answer ends a row of misses or trouble as any other; that they are over is left to the next one to tell. */
function rowsEnded({ missing, trouble }: PollMemory, nowMs: number): Pick<PollMemory, 'missing' | 'trouble'> {
  return {
    missing: missing === null ? null : { ...missing, count: 0, sinceMs: nowMs },
    trouble: trouble === null ? null : { ...trouble, inRow: 0, edgeInRow: 0 },
  };
}

function weighMissing(request: PollRequest, before: PollMemory, message: string, time: PollTime): Weighed {
  const { nowMs } = time;
  const rule = before.seen ? MISSING.seenBefore : MISSING.neverSeen;
  const { count, sinceMs } = before.missing ?? { count: 0, sinceMs: nowMs };
  const final = count + 1 >= rule.after && nowMs - sinceMs >= rule.overMs;
  const free = final || request.tell === 'answer' || hasToldTrouble(before);
  const begins = (count === 0 || !hasToldMiss(before)) && mayReport(before.budget, nowMs);
  const told = free || begins;
  const budget = begins && !free ? { budget: reported(before.budget, nowMs) } : {};
  const missing = { count: count + 1, sinceMs, ...(told || hasToldMiss(before) ? {} : { told: false }) };
  const known = { ...before, ...budget, missing, trouble: null, expectedEndAtMs: null };
  const memory = due(known, rule.everyMs, nowMs);
  const answer = { type: 'missing', message, final, memory, intervalMs: rule.everyMs } as const;
  return { memory, intervalMs: rule.everyMs, answer: told ? answer : null };
}

function weighTrouble(
  request: PollRequest,
  before: PollMemory,
  reading: Extract<Reading, { type: 'failure' }>,
  time: PollTime,
): Weighed {
  const { nowMs, chance } = time;
  const inRow = (before.trouble?.inRow ?? 0) + 1;
  const edgeInRow = (before.trouble?.edgeInRow ?? 0) + (reading.edge ? 1 : 0);
  const sinceMs = before.trouble?.sinceMs ?? nowMs;
  const intervalMs = troubleIntervalMs({ ...reading, inRow, edgeInRow }, chance);
  const rule = FAILURES[reading.kind];
  const refusal = rule.endsNeverSeen === null ? before.refusal : refused(before.refusal, reading.kind, nowMs);
  const final =
    rule.endsNeverSeen !== null &&
    refusal !== null &&
    !before.seen &&
    refusal.count >= rule.endsNeverSeen.after &&
    nowMs - refusal.sinceMs >= rule.endsNeverSeen.overMs;
  const told = before.trouble?.told ?? [];
  const begins = inRow >= rule.toldFrom && !told.includes(reading.kind) && mayReport(before.budget, nowMs);
  const budget = begins ? { budget: reported(before.budget, nowMs) } : {};
  const trouble = { inRow, edgeInRow, sinceMs, told: begins ? [...told, reading.kind] : told };
  const memory = due({ ...before, ...budget, trouble, refusal, expectedEndAtMs: null }, intervalMs, nowMs);
  const { kind, message } = reading;
  const answer = { type: 'degraded', kind, message, sinceMs, final, memory, intervalMs } as const;
  return { memory, intervalMs, answer: begins || final ? answer : null };
}

function hasToldTrouble(memory: PollMemory): boolean {
  return (memory.trouble?.told.length ?? 0) > 0;
}

function hasToldMiss({ missing }: PollMemory): boolean {
  return missing !== null && missing.told !== false;
}

function refused(before: PollMemory['refusal'], kind: FailureKind, nowMs: number): NonNullable<PollMemory['refusal']> {
  return before?.kind === kind ? { ...before, count: before.count + 1 } : { kind, count: 1, sinceMs: nowMs };
}

function quiet(memory: PollMemory, intervalMs: number, nowMs: number): Weighed {
  return { memory: due(memory, intervalMs, nowMs), intervalMs, answer: null };
}

function due(memory: PollMemory, intervalMs: number, nowMs: number): PollMemory {
  return { ...memory, nextPollAtMs: nowMs + intervalMs };
}
