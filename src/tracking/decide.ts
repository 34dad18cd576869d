import type { JobOutcome } from '../contract/outcome.ts';
import { holdMsOf, type Plan, routeOf } from '../contract/plan.ts';
import { LIMIT_NAMES } from '../contract/limits.ts';
import type { Problem } from '../contract/problem.ts';
import type { PollRequest } from '../polling/memory.ts';
import { claimsOf, openClaim } from './claims.ts';
import { callDueAtMs, unconfirmedAtMs } from './state/cancel/facts.ts';
import { limitDueAtMs } from './state/limits.ts';
import { limitClockOf, type Track } from './track.ts';

/** What to do next. */
export type Step =
  | { do: 'plan' }
  /** A durable wait. An interrupt ends it. */
  | { do: 'wait'; forMs: number }
  | { do: 'poll'; request: PollRequest }
  | { do: 'end'; outcome: JobOutcome }
  /** The input was wrong: there is no job to track. */
  | { do: 'refuse'; message: string; problems: readonly Problem[] };

/** Says what to do next. It has an answer for any track at any time. */
export function decide(track: Track, nowMs: number): Step {
  const { end, request, polling } = track;
  if (end.is === 'refused') return { do: 'refuse', message: end.message, problems: end.problems };
  if (end.is === 'ended') return { do: 'end', outcome: end.outcome };
  if (request.plan === null) {
    const planInMs = request.dueAtMs - nowMs;
    return planInMs > 0 ? { do: 'wait', forMs: planInMs } : { do: 'plan' };
  }
  const waitMs = Math.max(0, polling.dueAtMs - nowMs);
  return waitMs > holdMsOf(request.plan)
    ? { do: 'wait', forMs: waitMs }
    : { do: 'poll', request: { ...pollRequestOf(track, request.plan, nowMs), firstWaitMs: waitMs } };
}

function pollRequestOf(track: Track, plan: Plan, nowMs: number): Omit<PollRequest, 'firstWaitMs'> {
  const { polling, cancel } = track;
  const urgent = polling.urgentSinceMs !== null;
  return {
    job: plan.job,
    pool: routeOf(plan).pool,
    ...(plan.heartbeatMs === undefined ? {} : { heartbeatMs: plan.heartbeatMs }),
    policy: plan.polling,
    usualMs: plan.usualMs,
    memory: polling.memory,
    // An urgent poll returns with its first answer. The polls after it are not urgent.
    report: urgent || awaitsAnswer(track, nowMs) ? 'answer' : 'changes',
    cancel:
      cancel.phase === 'accepted' ? { requestedAtMs: cancel.requestedAtMs, acceptedAtMs: cancel.acceptedAtMs } : null,
    ...(urgent ? { urgent } : {}),
  };
}

/** Only the workflow sees some trouble, such as an activity that no worker took. So the poll is asked to report the end of the trouble. */
function awaitsAnswer(track: Track, nowMs: number): boolean {
  const { status, cancel } = track;
  const isChecked = cancel.phase === 'requested' && cancel.checkSinceMs !== null;
  return isChecked || status.trouble !== null || openClaim(track, nowMs) !== undefined;
}

/** @returns true if a wait or a poll that began under `before` must end: something needs a poll, or has ended tracking */
export function interrupts(before: Track, track: Track): boolean {
  return track.polling.interrupts !== before.polling.interrupts || track.end.is !== before.end.is;
}

/** @returns when to call the cancel endpoint next; null: no call is due */
export function cancelDueAtMs({ end, request, cancel }: Track): number | null {
  return end.is === 'open' && request.plan !== null ? callDueAtMs(cancel) : null;
}

/** @returns when time alone changes something next, ms; null: never */
export function wakeAtMs(track: Track, nowMs: number): number | null {
  const { plan } = track.request;
  if (track.end.is !== 'open' || plan === null) return null;
  const clock = limitClockOf(track);
  const claims = claimsOf(track).map(({ sinceMs, patienceMs }) => {
    // A durable wait that ends at this time polls anyway. A second timer would only interrupt that poll.
    const polledAnyway = track.polling.dueAtMs === sinceMs && sinceMs - nowMs > holdMsOf(plan);
    if (sinceMs > nowMs) return patienceMs === null && polledAnyway ? null : sinceMs;
    return patienceMs === null ? null : sinceMs + patienceMs;
  });
  const limits = LIMIT_NAMES.map((limit) => limitDueAtMs(clock, limit));
  const times = [...limits, ...claims, unconfirmedAtMs(track.cancel)].filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times);
}
