import type { Info } from '@temporalio/activity';
import type { PollMemory, PollRequest } from '../../polling/memory.ts';

type AttemptInfo = Pick<Info, 'attempt' | 'scheduledTimestampMs' | 'currentAttemptScheduledTimestampMs'>;

interface Attempt {
  readonly info: AttemptInfo;
  readonly nowMs: number;
  /** The longest interval that a worker waits out itself, ms. */
  readonly holdMs: number;
}

interface FirstPoll {
  waitMs: number;
  /** null: not known. */
  dueAtMs: number | null;
}

/**
 * When an attempt makes its first poll. The workflow asked for a wait before the first attempt only. If an operator resets the activity,
 * the server counts attempts from 1 again; then the poll is made now.
 * @param resumed the memory of an earlier attempt; null: there was none, or its worker died with it
 */
export function firstPollOf(request: PollRequest, resumed: PollMemory | null, attempt: Attempt): FirstPoll {
  const { info, nowMs, holdMs } = attempt;
  if (isReset(info)) return { waitMs: 0, dueAtMs: info.currentAttemptScheduledTimestampMs };
  if (info.attempt === 1) {
    return { waitMs: request.firstWaitMs, dueAtMs: info.scheduledTimestampMs + request.firstWaitMs };
  }
  const dueAtMs = resumed?.nextPollAtMs ?? null;
  const leftMs = (dueAtMs ?? 0) - nowMs;
  // The server starts an attempt when it is due. Time is left only if a worker died during a hold.
  return { waitMs: leftMs > 0 && leftMs <= holdMs ? leftMs : 0, dueAtMs };
}

function isReset({ attempt, scheduledTimestampMs, currentAttemptScheduledTimestampMs }: AttemptInfo): boolean {
  return attempt === 1 && currentAttemptScheduledTimestampMs > scheduledTimestampMs;
}
