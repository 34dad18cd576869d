import type { FailureKind } from '../contract/failure.ts';
import type { Weighed } from './evaluate.ts';
import { FAILURES } from './failure.ts';
import type { PollMemory } from './memory.ts';

/** A poll that its account held back: no request was made. */
export interface HeldBack {
  /** null: nothing is wrong, the account's budget or quota is used up. */
  readonly kind: FailureKind | null;
  readonly reason: string;
  readonly waitMs: number;
}

/** A longer wait than any promised interval is told at once: else nobody would know why the job is not polled (I7). */
const TOLD_FROM_MS = 60_000;

/** A wait of moments is no trouble: a job's own backoff and the pause of its account end at about the same time. */
const TROUBLE_FROM_MS = 2_000;

/** Weighs a poll that was held back: trouble of its kind, but no poll; it is due again after the wait. */
export function weighHeld(before: PollMemory, held: HeldBack, nowMs: number): Weighed {
  const { kind, reason: message, waitMs: intervalMs } = held;
  const waiting = { ...before, nextPollAtMs: nowMs + intervalMs };
  if (kind === null || intervalMs < TROUBLE_FROM_MS) return { memory: waiting, intervalMs, answer: null };
  const known = before.trouble ?? { inRow: 0, edgeInRow: 0, sinceMs: nowMs, told: [] };
  const inRow = known.inRow + 1;
  const isDue = inRow >= FAILURES[kind].toldFrom || intervalMs > TOLD_FROM_MS;
  const begins = isDue && !known.told.includes(kind);
  const trouble = { ...known, inRow, told: begins ? [...known.told, kind] : known.told };
  const memory = { ...waiting, trouble, expectedEndAtMs: null };
  const { sinceMs } = known;
  const answer = { type: 'degraded', kind, message, sinceMs, final: false, memory, intervalMs } as const;
  return { memory, intervalMs, answer: begins ? answer : null };
}

/** Moves the next poll of what was weighed to within these bounds, ms. */
export function within(weighed: Weighed, bounds: { leastMs: number; mostMs?: number }, nowMs: number): Weighed {
  const { leastMs, mostMs = Number.POSITIVE_INFINITY } = bounds;
  const intervalMs = Math.max(leastMs, Math.min(mostMs, weighed.intervalMs));
  if (intervalMs === weighed.intervalMs) return weighed;
  const memory = { ...weighed.memory, nextPollAtMs: nowMs + intervalMs };
  return { memory, intervalMs, answer: weighed.answer === null ? null : { ...weighed.answer, memory, intervalMs } };
}
