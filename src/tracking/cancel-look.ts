import type { CancelTrack } from './cancel.ts';
import { CANCEL_RETRY_MS, cancelAccepted } from './cancel.ts';

const REFUSED_AFTER = 3;

const REFUSED_OVER_MS = 2 * 60_000;

export interface Look {
  readonly askedAtMs: number;
  readonly nowMs: number;
  readonly changed: boolean;
  /** The status knows the job; false: 404. */
  readonly found: boolean;
  readonly cancellable: boolean;
}

/** Notes that the status shows a job that has not ended: what does a refusal mean, is it time to send again? */
export function cancelLooked(before: CancelTrack, look: Look): CancelTrack {
  if (before.phase !== 'requested') return before;
  if (before.lookSinceMs === null || look.askedAtMs < before.lookSinceMs) {
    return before.early && look.changed && !before.inFlight ? { ...before, dueAtMs: look.nowMs } : before;
  }
  const looked = { ...before, lookSinceMs: null };
  const again = before.lookSinceMs + CANCEL_RETRY_MS;
  if (!look.found) return { ...looked, dueAtMs: again };
  // What cannot be cancelled yet cannot have been cancelled by an earlier call, either.
  if (!look.cancellable) return { ...looked, early: true, mayHaveWorked: false, dueAtMs: again };
  // A repeated call that is refused may have found its own success.
  if (before.mayHaveWorked) return cancelAccepted(looked, look.nowMs);
  const refusals = {
    count: (before.refusals?.count ?? 0) + 1,
    sinceMs: before.refusals?.sinceMs ?? before.lookSinceMs,
  };
  const enough = refusals.count >= REFUSED_AFTER && look.nowMs - refusals.sinceMs >= REFUSED_OVER_MS;
  if (enough || before.once) return { ...looked, phase: 'refused', refusals, early: false, dueAtMs: null };
  return { ...looked, refusals, early: false, dueAtMs: again };
}
