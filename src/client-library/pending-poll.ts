import { isoOf, isoTime } from '../contract/json.ts';
import type { JobProgress, PollPause } from '../contract/progress.ts';
import type { PollMemory } from '../polling/memory.ts';

/** What the pending status activity has not reported to the workflow yet. Clients add it to the progress. */
export interface PendingPoll {
  /** From heartbeat details; null: there are none. */
  memory: PollMemory | null;
  /** When the server starts the next attempt, ms since the epoch; null: an attempt runs now. */
  nextAttemptAtMs: number | null;
  paused: PollPause | null;
}

/** @returns the progress, with counts and times of the pending poll where they are newer */
export function withPending(progress: JobProgress, pending: PendingPoll | null): JobProgress {
  if (pending === null || progress.outcome !== null) return progress;
  const { memory, nextAttemptAtMs, paused } = pending;
  const newer = memory !== null && memory.polls >= progress.polls ? memory : null;
  const nextPollAtMs = nextAttemptAtMs ?? newer?.nextPollAtMs ?? null;
  return {
    ...progress,
    paused,
    polls: newer?.polls ?? progress.polls,
    lastPollAt: newer === null ? progress.lastPollAt : isoOf(newer.lastPollAtMs),
    expectedEndAt: newer === null ? progress.expectedEndAt : isoOf(newer.expectedEndAtMs),
    nextPollAt: nextPollAtMs === null ? progress.nextPollAt : isoTime(nextPollAtMs),
  };
}
