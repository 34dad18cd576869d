import type { JobOutcome } from '../contract/outcome.ts';
import type { Problem } from '../contract/problem.ts';
import type { PollRequest } from '../polling/memory.ts';
import { openClaim } from './endings.ts';
import type { Track } from './track.ts';

/** What to do next. */
export type Step =
  | { do: 'plan' }
  /** A durable wait, which urgency interrupts. */
  | { do: 'wait'; forMs: number }
  | { do: 'poll'; request: PollRequest }
  | { do: 'end'; outcome: JobOutcome }
  /** The input was wrong: there is no job to follow. */
  | { do: 'refuse'; message: string; problems: readonly Problem[] };

/** Says what to do next; total: it answers any track at any time. */
export function decide(track: Track, nowMs: number): Step {
  const { plan, outcome, refusal } = track;
  if (refusal !== null) return { do: 'refuse', ...refusal };
  if (outcome !== null) return { do: 'end', outcome };
  const waitMs = Math.max(0, track.pollDueAtMs - nowMs);
  if (plan === null) return waitMs > 0 ? { do: 'wait', forMs: waitMs } : { do: 'plan' };
  // Trouble may be known here alone (no worker took the call): then the polls do not know that its end is to be told.
  const awaited = openClaim(track, nowMs) !== undefined || track.cancel.lookSinceMs !== null || track.trouble !== null;
  const urgent = track.urgentSinceMs !== null;
  if (waitMs > plan.holdMs) return { do: 'wait', forMs: waitMs };
  const { requestedAtMs, acceptedAtMs, phase } = track.cancel;
  const cancelling = phase === 'accepted' && requestedAtMs !== null && acceptedAtMs !== null;
  return {
    do: 'poll',
    request: {
      job: plan.job,
      policy: plan.polling,
      usualMs: plan.usualMs,
      memory: track.memory,
      firstWaitMs: waitMs,
      // An urgent poll comes back with its first answer: the unchanged polls after it have no right to go first.
      tell: awaited || urgent ? 'answer' : 'changes',
      cancel: cancelling ? { requestedAtMs, acceptedAtMs } : null,
      ...(urgent ? { urgent } : {}),
    },
  };
}

/** @returns true if what was begun under `before` must be interrupted: something needs a poll, or an end, now */
export function overtakes(before: Track, track: Track): boolean {
  return track.urgency !== before.urgency;
}
