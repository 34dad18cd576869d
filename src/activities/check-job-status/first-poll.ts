import type { Info } from '@temporalio/activity';
import type { PollMemory, PollRequest } from '../../polling/memory.ts';

interface Attempt {
  readonly info: Pick<Info, 'attempt' | 'scheduledTimestampMs' | 'currentAttemptScheduledTimestampMs'>;
  readonly nowMs: number;
  /** The longest interval that a worker waits out itself, ms. */
  readonly holdMs: number;
}

/**
 * When an attempt makes its first poll. The workflow asked for a wait before the first attempt only. If an operator resets the activity,
 * the server counts attempts from 1 again; then the poll is made now.
 * @param resumed the memory of an earlier attempt; null: there was none, or its worker died with it
 * @returns `dueAtMs` null: not known
 */
export function firstPollOf(
  request: PollRequest,
  resumed: PollMemory | null,
  { info, nowMs, holdMs }: Attempt,
): { waitMs: number; dueAtMs: number | null } {
  const { attempt, scheduledTimestampMs, currentAttemptScheduledTimestampMs } = info;
  if (attempt === 1) {
    const isReset = currentAttemptScheduledTimestampMs > scheduledTimestampMs;
    if (isReset) return { waitMs: 0, dueAtMs: currentAttemptScheduledTimestampMs };
    return { waitMs: request.firstWaitMs, dueAtMs: scheduledTimestampMs + request.firstWaitMs };
  }
  const dueAtMs = resumed?.nextPollAtMs ?? null;
  const leftMs = (dueAtMs ?? 0) - nowMs;
  // The server starts an attempt when it is due. Time is left only if a worker died during a hold.
  return { waitMs: leftMs > 0 && leftMs <= holdMs ? leftMs : 0, dueAtMs };
}
