import { isoTime } from '../contract/json.ts';
import type { EndingLimit, LimitName } from '../contract/limits.ts';
import { LIMIT_NAMES } from '../contract/limits.ts';
import type { Ending } from '../contract/outcome.ts';
import { MODERATED_GRACE_MS } from '../polling/memory.ts';
import { askCancel, cancelEnded, cancelUnconfirmed, unconfirmedAtMs, wasUnconfirmed } from './cancel.ts';
import type { LimitClock } from './limits.ts';
import { limitDueAtMs, passedLimits } from './limits.ts';
import { endingOf } from './outcome.ts';
import type { Track } from './track.ts';
import { stateOf } from './track.ts';

/** An ending that stands if the next answer does not say otherwise: none is decided on old news. */
export interface Claim {
  readonly sinceMs: number;
  /** How long an answer to a poll begun after `sinceMs` is waited for; null: as long as it takes. */
  readonly patienceMs: number | null;
  readonly ending: Ending;
}

const LIMIT_PATIENCE_MS = 60_000;

const UNSUPPORTED_PATIENCE_MS = 10_000;

/** A limit that cancels gives the service so long to do it. */
const LIMIT_CANCEL_MS = 3_600_000;

function claimsOf(track: Track): Claim[] {
  const { cancel, passed, moderatedSinceMs, snapshot, limits } = track;
  const claims: Claim[] = [];
  if (cancel.phase === 'unsupported' && cancel.requestedAtMs !== null) {
    claims.push({
      sinceMs: cancel.requestedAtMs,
      patienceMs: UNSUPPORTED_PATIENCE_MS,
      ending: unsupportedEnding(track),
    });
  }
  if (passed !== null && limits.onLimit !== 'alert') {
    const sinceMs = passed.atMs + (limits.onLimit === 'cancel' ? LIMIT_CANCEL_MS : 0);
    claims.push({ sinceMs, patienceMs: LIMIT_PATIENCE_MS, ending: { status: 'timed-out', limit: passed.limit } });
  }
  if (moderatedSinceMs !== null && snapshot !== null) {
    const ending: Ending = { status: 'moderated', reason: snapshot.reason };
    claims.push({ sinceMs: moderatedSinceMs + MODERATED_GRACE_MS, patienceMs: null, ending });
  }
  return claims;
}

function unsupportedEnding({ cancel }: Track): Ending {
  return cancel.byCaller || cancel.limit === null
    ? { status: 'abandoned', why: 'cancel-unsupported' }
    : { status: 'timed-out', limit: cancel.limit };
}

/** @returns the claim that awaits an answer now; undefined: none does */
export function openClaim(track: Track, nowMs: number): Claim | undefined {
  return claimsOf(track).find((claim) => claim.sinceMs <= nowMs && !isAnswered(track, claim));
}

function isAnswered(track: Track, claim: Claim): boolean {
  return track.answeredAskMs !== null && track.answeredAskMs >= claim.sinceMs;
}

/** Draws every conclusion that the facts and the time allow. */
export function settle(before: Track, nowMs: number): Track {
  if (before.outcome !== null || before.refusal !== null || before.plan === null) return before;
  const ended = endedByStatus(before);
  if (ended !== null) return conclude(before, ended, nowMs);
  const fired = passedLimits(limitClockOf(before), nowMs).reduce((track, limit) => fire(track, limit, nowMs), before);
  const track = withRefusal(fired, nowMs);
  const abandoned = abandonedByRefusal(track);
  if (abandoned !== null) return conclude(track, abandoned, nowMs);
  const stands = claimsOf(track).find(
    (claim) =>
      claim.sinceMs <= nowMs &&
      (isAnswered(track, claim) || (claim.patienceMs !== null && claim.sinceMs + claim.patienceMs <= nowMs)),
  );
  return stands === undefined ? track : conclude(track, stands.ending, nowMs);
}

/** `moderated` is left to its claim: it may be a review hold. */
function endedByStatus(track: Track): Ending | null {
  const { snapshot } = track;
  if (snapshot === null || snapshot.state === 'moderated') return null;
  return snapshot.state === 'cancelled' ? cancelledEnding(track, true) : endingOf(snapshot);
}

/** @returns how a job that is cancelled at the service ends its tracking: it depends on who asked for it */
export function cancelledEnding({ cancel }: Track, confirmed: boolean): Ending {
  const asked = ['requested', 'accepted'].includes(cancel.phase) || wasUnconfirmed(cancel);
  if (!asked) return { status: 'cancelled', by: 'service', confirmed };
  if (!cancel.byCaller && cancel.limit !== null) return { status: 'timed-out', limit: cancel.limit };
  return { status: 'cancelled', by: 'request', confirmed };
}

function withRefusal(before: Track, nowMs: number): Track {
  const dueAtMs = unconfirmedAtMs(before.cancel);
  const track = dueAtMs !== null && dueAtMs <= nowMs ? { ...before, cancel: cancelUnconfirmed(before.cancel) } : before;
  const { cancel, overdue, passed } = track;
  // A limit that was lengthened since has not passed, though its cancel was refused.
  if (cancel.phase !== 'refused' || cancel.limit === null || passed === null || overdue !== null) return track;
  const error = `${cancel.limit} has passed, and the service refuses the cancel: ${cancel.error ?? 'no reason given'}`;
  return { ...track, overdue: { sinceMs: nowMs, error } };
}

function abandonedByRefusal({ cancel }: Track): Ending | null {
  if (cancel.phase !== 'refused' || !cancel.native) return null;
  return { status: 'abandoned', why: wasUnconfirmed(cancel) ? 'cancel-unconfirmed' : 'cancel-refused' };
}

function fire(track: Track, limit: LimitName, nowMs: number): Track {
  const fired = { ...track, fired: [...track.fired, limit] };
  if (limit === 'stalledMs') return { ...fired, stalledSinceMs: nowMs };
  const passed = track.passed ?? { limit, atMs: nowMs };
  switch (track.limits.onLimit) {
    case 'alert':
      return { ...fired, overdue: track.overdue ?? { sinceMs: nowMs, error: `${limit} has passed` } };
    case 'stop':
      return urgently({ ...fired, passed }, nowMs);
    case 'cancel':
      return urgently({ ...fired, passed, cancel: cancelByLimit(track, limit, nowMs) }, nowMs);
    default:
      return track.limits.onLimit satisfies never;
  }
}

export function cancelByLimit(track: Track, limit: EndingLimit, nowMs: number): Track['cancel'] {
  const ask = { via: 'limit', reason: `${limit} has passed`, by: null, id: null, limit } as const;
  return askCancel(track.cancel, ask, track.plan?.canCancel ?? null, nowMs);
}

/** Something is to be decided by the next answer: interrupts whatever waits or polls, and polls at once. */
export function urgently(track: Track, nowMs: number): Track {
  return { ...track, urgency: track.urgency + 1, urgentSinceMs: nowMs, pollDueAtMs: nowMs };
}

/** Decides the outcome, once (I6). */
export function conclude(track: Track, ending: Ending, nowMs: number): Track {
  const own = track.snapshot === null ? null : endingOf(track.snapshot);
  const byLimit = ending.status === 'timed-out' && own?.status === 'cancelled';
  // Only a status that decided confirms a cancel or makes it late: one that was forgotten, or is held for review, does not.
  const byStatus = own?.status === ending.status || byLimit;
  const confirmed = byLimit || (ending.status === 'cancelled' && ending.by === 'request');
  const facts = {
    job: track.job,
    labels: { ...track.labels },
    polls: track.memory.polls,
    trackedForMs: nowMs - track.trackedSinceMs,
    finishedAt: track.snapshot?.finishedAt ?? null,
    detectedAt: isoTime(nowMs),
  };
  const cancel = byStatus ? cancelEnded(track.cancel, confirmed) : { ...track.cancel, dueAtMs: null };
  return { ...track, cancel, outcome: { ...ending, ...facts }, urgency: track.urgency + 1 };
}

function limitClockOf(track: Track): LimitClock {
  return {
    limits: track.limits,
    trackedSinceMs: track.trackedSinceMs,
    state: stateOf(track),
    stateSinceMs: track.stateSinceMs,
    scheduled: track.snapshot?.scheduled ?? false,
    scheduledMs: track.scheduledMs,
    quietSinceMs: track.quietSinceMs,
    troubled: track.trouble !== null || track.missing !== null,
    unknownStalls: track.unknownStalls ?? false,
    fired: track.fired,
  };
}

/** @returns the next moment at which time alone changes something; null: none is in sight */
export function wakeAtMs(track: Track, nowMs: number): number | null {
  if (track.outcome !== null || track.refusal !== null || track.plan === null) return null;
  const limits = LIMIT_NAMES.map((limit) => limitDueAtMs(limitClockOf(track), limit));
  const { pollDueAtMs, plan } = track;
  const claims = claimsOf(track).map(({ sinceMs, patienceMs }) => {
    // A durable wait that ends at this very moment polls by itself: a second timer would only interrupt that poll.
    const polledAnyway = pollDueAtMs === sinceMs && sinceMs - nowMs > plan.holdMs;
    if (sinceMs > nowMs) return patienceMs === null && polledAnyway ? null : sinceMs;
    return patienceMs === null ? null : sinceMs + patienceMs;
  });
  const moments = [...limits, ...claims, unconfirmedAtMs(track.cancel)].filter((moment) => moment !== null);
  return moments.length === 0 ? null : Math.min(...moments);
}
