import type { Info } from '@temporalio/activity';
import type { PollMemory, PollRequest } from '../../polling/memory.ts';

type AttemptInfo = Pick<Info, 'attempt' | 'scheduledTimestampMs' | 'currentAttemptScheduledTimestampMs'>;

interface Attempt {
  readonly info: AttemptInfo;
  readonly nowMs: number;
  /** The longest interval that a worker waits out itself. */
  readonly holdMs: number;
}

interface FirstPoll {
  waitMs: number;
  /** null: nobody knows. */
  dueAtMs: number | null;
}

/**
 * When an attempt makes its first poll. The server counts attempts anew when an operator resets the activity: the wait that the workflow
 * asked for belongs to the attempt that was scheduled with the activity, and whoever resets asks for a poll now.
 * @param resumed the memory that an earlier attempt left; null: none, or lost with its worker
 */
export function firstPollOf(request: PollRequest, resumed: PollMemory | null, attempt: Attempt): FirstPoll {
  const { info, nowMs, holdMs } = attempt;
  if (isReset(info)) return { waitMs: 0, dueAtMs: info.currentAttemptScheduledTimestampMs };
  if (info.attempt === 1) {
    return { waitMs: request.firstWaitMs, dueAtMs: info.scheduledTimestampMs + request.firstWaitMs };
  }
  const dueAtMs = resumed?.nextPollAtMs ?? null;
  const leftMs = (dueAtMs ?? 0) - nowMs;
  // An attempt that the server calls is due; only a hold that died with its worker has time left.
  return { waitMs: leftMs > 0 && leftMs <= holdMs ? leftMs : 0, dueAtMs };
}

function isReset({ attempt, scheduledTimestampMs, currentAttemptScheduledTimestampMs }: AttemptInfo): boolean {
  return attempt === 1 && currentAttemptScheduledTimestampMs > scheduledTimestampMs;
}
