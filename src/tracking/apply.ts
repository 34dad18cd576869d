import { isoTime } from '../contract/json.ts';
import { withLimits } from '../contract/limits.ts';
import type { TimelineEntry } from '../contract/progress.ts';
import type { PollAnswer } from '../polling/memory.ts';
import { changeKeyOf } from '../polling/memory.ts';
import { askCancel, cancelAnswered, cancelSent, cancelUnheard, supported } from './cancel.ts';
import { cancelLooked } from './cancel-look.ts';
import { cancelByLimit, cancelledEnding, conclude, openClaim, settle, urgently } from './endings.ts';
import { healthOf } from './health.ts';
import type { Track, TrackEvent } from './track.ts';
import { stateOf } from './track.ts';

type Answered<T extends PollAnswer['type']> = Extract<TrackEvent, { type: T }>;

export const TIMELINE_LENGTH = 50;

/** Notes what happened, and concludes what follows from it. An ended track stays as it is, whatever comes (I6). */
export function apply(before: Track, event: TrackEvent): Track {
  if (before.outcome !== null || before.refusal !== null) return before;
  const noted = settle(note(before, event), event.atMs);
  if (noted === before) return before;
  return withTimeline(before, { ...noted, version: before.version + 1 }, event.atMs);
}

function note(track: Track, event: TrackEvent): Track {
  switch (event.type) {
    case 'planned':
      return planned(track, event);
    case 'planRefused':
      return { ...track, refusal: { message: event.message, problems: event.problems } };
    case 'planDeferred':
      return planDeferred(track, event);
    case 'polled':
      return polled(track, event);
    case 'missing':
      return missing(track, event);
    case 'degraded':
      return degraded(track, event);
    case 'unserved':
      return unserved(track, event);
    case 'cancelAsked':
      return cancelAsked(track, event);
    case 'cancelSent':
      return { ...track, cancel: cancelSent(track.cancel) };
    case 'cancelAnswered':
      return cancelHeard(track, event);
    case 'limitsSet':
      return limitsSet(track, event);
    case 'refreshAsked':
      return refreshAsked(track, event.atMs);
    case 'resumed':
      return track.cancel.inFlight ? { ...track, cancel: cancelUnheard(track.cancel, event.atMs) } : track;
    case 'timePassed':
      return openClaim(track, event.atMs) === undefined ? track : urgently(track, event.atMs);
    default:
      return event satisfies never;
  }
}

function planned(track: Track, { plan, atMs }: Extract<TrackEvent, { type: 'planned' }>): Track {
  const { job, labels } = plan;
  const limits = withLimits(plan.limits, track.limitsAsked);
  const trouble = plan.accountKnown
    ? null
    : { kind: 'unserved' as const, sinceMs: atMs, error: `no account ${job.account} here; another worker may have it` };
  const cancel = supported(track.cancel, plan.canCancel);
  return { ...track, plan, job, labels, limits, trouble, unserved: 0, cancel };
}

/** A rollout takes minutes; a name that no worker knows for so long is a slip of the caller's. */
const UNPLANNED_MS = 10 * 60_000;

const REPLAN_MS = { least: 5_000, most: 60_000 };

function planDeferred(before: Track, event: Extract<TrackEvent, { type: 'planDeferred' }>): Track {
  const { message, problems, atMs } = event;
  if (event.endsByCancel) {
    // No worker can reach the service: there is nobody to cancel the job, and nothing to follow.
    const cancel = { ...supported(before.cancel, false), error: message };
    return conclude({ ...before, cancel }, { status: 'abandoned', why: 'cancel-unsupported' }, atMs);
  }
  if (atMs - before.trackedSinceMs >= UNPLANNED_MS) return { ...before, refusal: { message, problems } };
  const error = `${message}; asked again, in case a worker that knows it is being deployed`;
  const trouble = { kind: 'unserved' as const, sinceMs: before.trouble?.sinceMs ?? atMs, error };
  const waitMs = Math.min(REPLAN_MS.least * 2 ** before.unserved, REPLAN_MS.most);
  return { ...before, trouble, unserved: before.unserved + 1, pollDueAtMs: atMs + waitMs };
}

function polled(before: Track, event: Answered<'polled'>): Track {
  const { snapshot, atMs } = event;
  const changed = isChanged(before, event);
  const track = withState(answered(before, event), event);
  const look = { askedAtMs: event.askedAtMs, nowMs: atMs, changed, found: true, cancellable: snapshot.cancellable };
  const looked: Track = {
    ...track,
    snapshot,
    trouble: null,
    missing: null,
    unserved: 0,
    lastChangeAtMs: changed ? atMs : track.lastChangeAtMs,
    quietSinceMs: changed ? atMs : track.quietSinceMs + troubledMs(before, atMs),
    stalledSinceMs: changed ? null : track.stalledSinceMs,
    fired: changed ? track.fired.filter((limit) => limit !== 'stalledMs') : track.fired,
    moderatedSinceMs: snapshot.state === 'moderated' ? (track.moderatedSinceMs ?? atMs) : null,
    cancel: cancelLooked(track.cancel, look),
  };
  if (looked.cancel.phase === 'accepted' && track.cancel.phase !== 'accepted') return urgently(looked, atMs);
  return changed ? retriedByLimit(looked, atMs) : looked;
}

function isChanged(before: Track, { snapshot }: Answered<'polled'>): boolean {
  return (
    before.snapshot === null || JSON.stringify(changeKeyOf(before.snapshot)) !== JSON.stringify(changeKeyOf(snapshot))
  );
}

/** @returns how long the status could not be read until now: such time is no part of a stall */
function troubledMs({ trouble, missing: gone }: Track, nowMs: number): number {
  return nowMs - Math.min(trouble?.sinceMs ?? nowMs, gone?.sinceMs ?? nowMs);
}

/** A limit whose cancel was refused tries once more at each change. */
function retriedByLimit(track: Track, nowMs: number): Track {
  const { cancel, passed, limits } = track;
  if (cancel.phase !== 'refused' || cancel.native || passed === null || limits.onLimit !== 'cancel') return track;
  return { ...track, cancel: cancelByLimit(track, passed.limit, nowMs) };
}

/** A new state begins its own period: its limits may fire again, and a limit of the old one is over. */
function withState(track: Track, { snapshot, atMs }: Answered<'polled'>): Track {
  const wasScheduled = track.snapshot?.scheduled ?? false;
  if (stateOf(track) === snapshot.state && wasScheduled === snapshot.scheduled) return track;
  const periodic = track.passed !== null && track.passed.limit !== 'totalMs';
  const over = periodic && track.limits.onLimit === 'stop';
  const alerted = track.fired.includes('totalMs') ? track.overdue : null;
  return {
    ...track,
    stateSinceMs: atMs,
    scheduledMs: track.scheduledMs + (wasScheduled ? atMs - track.stateSinceMs : 0),
    // The total that passed behind a limit which is over now passes anew: else it would be lost.
    fired: over ? [] : track.fired.filter((limit) => limit === 'totalMs'),
    passed: over ? null : track.passed,
    overdue: track.limits.onLimit === 'alert' ? alerted : track.overdue,
  };
}

function answered(track: Track, answer: Answered<PollAnswer['type']>): Track {
  return { ...nextPoll(track, answer), answeredAskMs: answer.askedAtMs };
}

/** The urgent poll has been made, and the next one takes its turn with all others; or it was an older one, and the urgent is still due. */
function nextPoll(track: Track, { memory, intervalMs, askedAtMs, atMs }: Answered<PollAnswer['type']>): Track {
  const { urgentSinceMs, pollDueAtMs } = track;
  if (urgentSinceMs === null || askedAtMs >= urgentSinceMs) {
    return { ...track, memory, urgentSinceMs: null, pollDueAtMs: atMs + intervalMs };
  }
  return { ...track, memory, pollDueAtMs: Math.min(pollDueAtMs, atMs + intervalMs) };
}

function missing(before: Track, event: Answered<'missing'>): Track {
  const { atMs, message, askedAtMs } = event;
  const look = { askedAtMs, nowMs: atMs, changed: false, found: false, cancellable: false };
  const cancel = cancelLooked(before.cancel, look);
  // Trouble that turns into a miss was no time to see the job in, either.
  const since = { sinceMs: before.missing?.sinceMs ?? before.trouble?.sinceMs ?? atMs, message };
  const track = { ...answered(before, event), trouble: null, unserved: 0, missing: since, cancel };
  if (!event.final) return track;
  // A service may delete what it cancelled: that is no loss, though nobody has confirmed it.
  if (track.cancel.phase === 'accepted') return conclude(track, cancelledEnding(track, false), atMs);
  const seen = track.snapshot !== null;
  return conclude(track, seen ? { status: 'lost', lastState: stateOf(track) } : { status: 'not-found' }, atMs);
}

function degraded(before: Track, event: Answered<'degraded'>): Track {
  const { kind, message, sinceMs, final, atMs } = event;
  const trouble = { kind, sinceMs: before.trouble?.sinceMs ?? sinceMs, error: message };
  // Trouble is no answer: what waits for one goes on waiting.
  const track = { ...nextPoll(before, event), trouble, unserved: 0 };
  if (!final) return track;
  return conclude(track, { status: kind === 'rejected' ? 'rejected' : 'unauthorized', reason: message }, atMs);
}

const UNSERVED_MS = 10 * 60_000;

/** Twice in a row, and never polled at all: nobody has the account. Once may only mean that all workers were away. */
function unserved(before: Track, { message, atMs }: Extract<TrackEvent, { type: 'unserved' }>): Track {
  const trouble = { kind: 'unserved' as const, sinceMs: before.trouble?.sinceMs ?? atMs, error: message };
  const track = { ...before, trouble, unserved: before.unserved + 1, pollDueAtMs: atMs };
  const never = track.memory.polls === 0 && atMs - track.trackedSinceMs >= UNSERVED_MS;
  return never && track.unserved >= 2 ? conclude(track, { status: 'unauthorized', reason: message }, atMs) : track;
}

function cancelAsked(track: Track, { ask, atMs }: Extract<TrackEvent, { type: 'cancelAsked' }>): Track {
  const cancel = askCancel(track.cancel, ask, track.plan?.canCancel ?? null, atMs);
  if (cancel === track.cancel) return track;
  const isNew = cancel.phase !== track.cancel.phase; // else it joins one that is under way
  return isNew ? urgently({ ...track, cancel }, atMs) : { ...track, cancel };
}

function cancelHeard(track: Track, { answer, atMs }: Extract<TrackEvent, { type: 'cancelAnswered' }>): Track {
  const cancel = cancelAnswered(track.cancel, answer, atMs);
  const accepted = cancel.phase === 'accepted' && track.cancel.phase !== 'accepted';
  return accepted || cancel.lookSinceMs === atMs ? urgently({ ...track, cancel }, atMs) : { ...track, cancel };
}

/** Limits that were changed are judged anew; a change of others leaves what has passed alone. */
function limitsSet(track: Track, event: Extract<TrackEvent, { type: 'limitsSet' }>): Track {
  const limits = withLimits(track.limits, event.limits);
  const ruleChanged = limits.onLimit !== track.limits.onLimit;
  const isStale = (limit: Track['fired'][number]): boolean =>
    limits[limit] !== track.limits[limit] || (ruleChanged && limit !== 'stalledMs');
  // All that end or alert are judged anew with one of them: behind it another may have passed.
  const ending = [...track.fired, ...(track.passed === null ? [] : [track.passed.limit])];
  const anyStale = ending.some((limit) => limit !== 'stalledMs' && isStale(limit));
  return {
    ...track,
    limits,
    limitsAsked: track.plan === null ? withLimits(track.limitsAsked, event.limits) : track.limitsAsked,
    passed: anyStale ? null : track.passed,
    fired: track.fired.filter((limit) => (limit === 'stalledMs' ? !isStale(limit) : !anyStale)),
    overdue: anyStale ? null : track.overdue,
    stalledSinceMs: isStale('stalledMs') ? null : track.stalledSinceMs,
  };
}

/** Coalesces: at most one poll per shortest interval, however many ask. */
function refreshAsked(track: Track, nowMs: number): Track {
  const { plan, refreshedAtMs } = track;
  if (plan === null || (refreshedAtMs !== null && nowMs < refreshedAtMs)) return track;
  const pollDueAtMs = Math.max(nowMs, (refreshedAtMs ?? Number.NEGATIVE_INFINITY) + plan.polling.minIntervalMs);
  return { ...urgently(track, nowMs), pollDueAtMs, refreshedAtMs: pollDueAtMs };
}

function withTimeline(before: Track, track: Track, nowMs: number): Track {
  const notes = [
    ...(stateOf(before) === stateOf(track) ? [] : [stateNote(track)]),
    ...healthNote(before, track),
    ...(before.cancel.phase === track.cancel.phase ? [] : [`cancel ${track.cancel.phase}`]),
    ...(track.outcome === null ? [] : [`outcome ${track.outcome.status}`]),
  ].filter((text) => text !== null);
  const told = stateOf(before) !== stateOf(track) || notes.length > 0;
  if (!told) return track;
  const entry: TimelineEntry = {
    at: isoTime(nowMs),
    state: stateOf(track),
    providerState: track.snapshot?.providerState ?? null,
    progress: track.snapshot?.progress ?? null,
    ...(notes.length === 0 ? {} : { note: notes.join('; ') }),
  };
  return { ...track, timeline: [...track.timeline, entry].slice(-TIMELINE_LENGTH) };
}

function stateNote(track: Track): string | null {
  return track.snapshot?.lastError ?? null;
}

function healthNote(before: Track, track: Track): string[] {
  const [was, is] = [healthOf(before), healthOf(track)];
  if (was.status === is.status && was.error === is.error) return [];
  return [is.status === 'ok' ? 'health ok' : `health ${is.status}: ${is.error ?? ''}`];
}
