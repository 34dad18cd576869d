import type { FailureKind } from '../contract/failure.ts';
import type { Evaluation } from './evaluate.ts';
import { FAILURES } from './failure.ts';
import type { PollMemory } from './memory.ts';

/** A poll that was deferred: no request was made. */
export interface Deferral {
  /** null: nothing failed, the account's budget or quota is used up. */
  readonly kind: FailureKind | null;
  readonly reason: string;
  readonly waitMs: number;
}

/** A wait longer than this is reported at once, so that people see why the job is not polled (I7). */
const REPORTED_FROM_MS = 60_000;

/** A shorter wait is no trouble: a job's own backoff and the pause of its account end at about the same time. */
const TROUBLE_FROM_MS = 2_000;

/** Evaluates a deferred poll: trouble of its kind, but no poll. It is due again after the wait. */
export function evaluateDeferral(before: PollMemory, deferral: Deferral, nowMs: number): Evaluation {
  const { kind, reason: message, waitMs: intervalMs } = deferral;
  const waiting = { ...before, nextPollAtMs: nowMs + intervalMs };
  if (kind === null || intervalMs < TROUBLE_FROM_MS) return { memory: waiting, intervalMs, answer: null };
  const known = before.trouble ?? { inRow: 0, edgeInRow: 0, sinceMs: nowMs, reported: [] };
  const inRow = known.inRow + 1;
  const isDue = inRow >= FAILURES[kind].reportedFrom || intervalMs > REPORTED_FROM_MS;
  const begins = isDue && !known.reported.includes(kind);
  const trouble = { ...known, inRow, reported: begins ? [...known.reported, kind] : known.reported };
  const memory = { ...waiting, trouble, expectedEndAtMs: null };
  const { sinceMs } = known;
  const answer = { type: 'degraded', kind, message, sinceMs, final: false, memory, intervalMs } as const;
  return { memory, intervalMs, answer: begins ? answer : null };
}

/** Moves the next poll to within these bounds, ms. */
export function within(
  evaluation: Evaluation,
  bounds: { leastMs: number; mostMs?: number },
  nowMs: number,
): Evaluation {
  const { leastMs, mostMs = Number.POSITIVE_INFINITY } = bounds;
  const intervalMs = Math.max(leastMs, Math.min(mostMs, evaluation.intervalMs));
  if (intervalMs === evaluation.intervalMs) return evaluation;
  const memory = { ...evaluation.memory, nextPollAtMs: nowMs + intervalMs };
  return {
    memory,
    intervalMs,
    answer: evaluation.answer === null ? null : { ...evaluation.answer, memory, intervalMs },
  };
}
