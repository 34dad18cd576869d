import { isoTime } from '../contract/json.ts';
import type { EndingLimit, LimitName } from '../contract/limits.ts';
import type { Ending } from '../contract/outcome.ts';
import { finalClaim, openClaim } from './claims.ts';
import { type Compared, type EventOf, reduce, type TrackEvent } from './event.ts';
import { askingLimit, mayCancel } from './state/cancel/facts.ts';
import { askCancel, cancelEnded, cancelRules, giveUp, needsPoll } from './state/cancel/rules.ts';
import { endRules, outcomeOf } from './state/end.ts';
import { type JournalFacts, withChange } from './state/journal.ts';
import { fire, limitRules, overdueBecause, passedLimits } from './state/limits.ts';
import { pollingRules, pollNow } from './state/polling.ts';
import { isTooLate, planNow, requestRules } from './state/request.ts';
import { compared, jobStateOf, statusRules } from './state/status.ts';
import { limitClockOf, type Track } from './track.ts';
import { healthOf } from './views/health.ts';
import { endingOf } from './views/outcome.ts';

/** Applies the event to each part of the track, then settles. No event changes an ended track (I6). */
export function apply(before: Track, sent: TrackEvent): Track {
  if (before.end.is !== 'open') return before;
  const event = compared(before.status, sent);
  const noted = unlessSame(before, {
    ...before,
    request: reduce(requestRules, before.request, event),
    status: reduce(statusRules, before.status, event),
    polling: reduce(pollingRules, before.polling, event),
    limits: reduce(limitRules, before.limits, event),
    cancel: reduce(cancelRules, before.cancel, event),
    end: reduce(endRules, before.end, event),
  });
  const track = settle(before, noted, event);
  if (track === before) return before;
  return { ...track, journal: withChange(before.journal, [factsOf(before), factsOf(track)], event.atMs) };
}

function unlessSame(before: Track, track: Track): Track {
  const parts = Object.keys(track) as (keyof Track)[];
  return parts.every((part) => track[part] === before[part]) ? before : track;
}

function factsOf(track: Track): JournalFacts {
  const { status, cancel, end } = track;
  const facts = { state: jobStateOf(status), snapshot: status.snapshot, cancelPhase: cancel.phase };
  return { ...facts, health: healthOf(track), outcome: outcomeOf(end)?.status ?? null };
}

/**
 * Applies every rule that needs more than one part of the track. No other code does.
 * @param before the track before the event; `noted`: the track after each part applied the event
 */
function settle(before: Track, noted: Track, event: Compared): Track {
  const nowMs = event.atMs;
  const ended = endedByEvent(noted, event);
  if (ended !== null) return conclude(noted, ended, nowMs);
  if (event.type === 'planDeferred' && isTooLate(noted.request, nowMs)) {
    return { ...noted, end: { is: 'refused', message: event.message, problems: event.problems } };
  }
  const track = retriedByLimit(interrupted(before, noted, event), event);
  return track.request.plan === null ? track : concluded(track, nowMs);
}

type EndsBy<Event> = (track: Track, event: Event) => Ending | null;

/** Events that may end tracking by themselves. */
const ENDS: { readonly [Type in Compared['type']]?: EndsBy<EventOf<Type>> } = {
  planDeferred: (_, { endsByCancel }) => (endsByCancel ? { status: 'abandoned', why: 'cancel-unsupported' } : null),
  missing: (track, { final }) => (final ? missingEnding(track) : null),
  degraded: (_, { final, kind, message }) =>
    final ? { status: kind === 'rejected' ? 'rejected' : 'unauthorized', reason: message } : null,
  unserved: (track, { message, atMs }) =>
    isNeverServed(track, atMs) ? { status: 'unauthorized', reason: message } : null,
};

/** @returns the ending that the event itself causes; null: it causes none */
function endedByEvent(track: Track, event: Compared): Ending | null {
  const ends = ENDS[event.type] as EndsBy<Compared> | undefined;
  return ends?.(track, event) ?? null;
}

/** A service may delete a job that it cancelled. Then the job counts as cancelled and not as lost. */
function missingEnding(track: Track): Ending {
  if (track.cancel.phase === 'accepted') return cancelledEnding(track, false);
  const lastState = jobStateOf(track.status);
  return lastState === 'pending' ? { status: 'not-found' } : { status: 'lost', lastState };
}

const UNSERVED_MS = 10 * 60_000;

/** If no worker took the activity twice in a row, and the job was never polled, no worker has the account. Once may mean that no worker ran. */
function isNeverServed({ request, status, polling }: Track, nowMs: number): boolean {
  return status.unserved >= 2 && polling.memory.polls === 0 && nowMs - request.trackedSinceMs >= UNSERVED_MS;
}

/** Some events need a poll now: a cancel that begins, is accepted or refused, and a claim whose time has come. */
function interrupted(before: Track, track: Track, event: Compared): Track {
  const claimed = event.type === 'timePassed' && openClaim(track, event.atMs) !== undefined;
  return claimed || needsPoll(before.cancel, track.cancel) ? urgently(track, event.atMs) : track;
}

function urgently(track: Track, nowMs: number): Track {
  return { ...track, request: planNow(track.request, nowMs), polling: pollNow(track.polling, nowMs) };
}

/** If the service refused the cancel of a limit, the limit asks again at each change. */
function retriedByLimit(track: Track, event: Compared): Track {
  const { cancel, limits } = track;
  const isDue = event.type === 'polled' && event.changed && cancel.phase === 'refused' && !cancel.native;
  if (!isDue || limits.passed === null || limits.allowed.onLimit !== 'cancel') return track;
  return { ...track, cancel: cancelByLimit(track, limits.passed.limit, event.atMs) };
}

function cancelByLimit({ cancel }: Track, limit: EndingLimit, nowMs: number): Track['cancel'] {
  return askCancel(cancel, { via: 'limit', reason: `${limit} has passed`, by: null, id: null, limit }, nowMs);
}

function concluded(before: Track, nowMs: number): Track {
  const ended = endedByStatus(before);
  if (ended !== null) return conclude(before, ended, nowMs);
  const fired = passedLimits(limitClockOf(before), nowMs).reduce((track, limit) => passed(track, limit, nowMs), before);
  const track = withRefusal(fired, nowMs);
  const ending = abandonedByRefusal(track) ?? finalClaim(track, nowMs)?.ending;
  return ending === undefined ? track : conclude(track, ending, nowMs);
}

/** A claim decides on `moderated`, because it may be a hold for review. */
function endedByStatus(track: Track): Ending | null {
  const { snapshot } = track.status;
  if (snapshot === null || snapshot.state === 'moderated') return null;
  return snapshot.state === 'cancelled' ? cancelledEnding(track, true) : endingOf(snapshot);
}

/** @returns the ending of a job that is cancelled at the service: it depends on who asked for it */
function cancelledEnding({ cancel }: Track, confirmed: boolean): Ending {
  if (!mayCancel(cancel)) return { status: 'cancelled', by: 'service', confirmed };
  const limit = askingLimit(cancel);
  return limit === null ? { status: 'cancelled', by: 'request', confirmed } : { status: 'timed-out', limit };
}

function passed(before: Track, limit: LimitName, nowMs: number): Track {
  const track = { ...before, limits: fire(before.limits, limit, nowMs) };
  const { onLimit } = track.limits.allowed;
  if (limit === 'stalledMs' || onLimit === 'alert') return track;
  return urgently(onLimit === 'cancel' ? { ...track, cancel: cancelByLimit(track, limit, nowMs) } : track, nowMs);
}

/** If a limit asked for the cancel and the service refused it, the job is overdue. */
function withRefusal(before: Track, nowMs: number): Track {
  const cancel = giveUp(before.cancel, nowMs);
  const track = cancel === before.cancel ? before : { ...before, cancel };
  // A caller may have lengthened the limit since. Then it has not passed, though its cancel was refused.
  if (cancel.phase !== 'refused' || cancel.limit === null || track.limits.passed === null) return track;
  const error = `${cancel.limit} has passed, and the service refuses the cancel: ${cancel.error ?? 'no reason given'}`;
  const limits = overdueBecause(track.limits, error, nowMs);
  return limits === track.limits ? track : { ...track, limits };
}

function abandonedByRefusal({ cancel }: Track): Ending | null {
  if (cancel.phase !== 'refused' || !cancel.native) return null;
  return { status: 'abandoned', why: cancel.unconfirmed ? 'cancel-unconfirmed' : 'cancel-refused' };
}

/** Decides the outcome, once (I6). */
function conclude(track: Track, ending: Ending, nowMs: number): Track {
  const { request, status, polling, cancel } = track;
  const own = status.snapshot === null ? null : endingOf(status.snapshot);
  const byLimit = ending.status === 'timed-out' && own?.status === 'cancelled';
  // A cancel is confirmed or too late only if the status decided. A missing or moderated job is neither.
  const byStatus = own?.status === ending.status || byLimit;
  const confirmed = byLimit || (ending.status === 'cancelled' && ending.by === 'request');
  const outcome = {
    ...ending,
    job: request.job,
    labels: { ...request.labels },
    polls: polling.memory.polls,
    trackedForMs: nowMs - request.trackedSinceMs,
    finishedAt: status.snapshot?.finishedAt ?? null,
    detectedAt: isoTime(nowMs),
  };
  return { ...track, cancel: byStatus ? cancelEnded(cancel, confirmed) : cancel, end: { is: 'ended', outcome } };
}
