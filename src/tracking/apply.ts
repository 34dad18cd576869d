import type { TrackEvent } from './event.ts';
import { reduce } from './event.ts';
import { settle } from './settle.ts';
import { cancelRules } from './state/cancel/rules.ts';
import { endRules, outcomeOf } from './state/end.ts';
import type { JournalFacts } from './state/journal.ts';
import { withChange } from './state/journal.ts';
import { limitRules } from './state/limits.ts';
import { pollingRules } from './state/polling.ts';
import { requestRules } from './state/request.ts';
import { compared, jobStateOf, statusRules } from './state/status.ts';
import type { Track } from './track.ts';
import { healthOf } from './views/health.ts';

/** Has each part note the event, and concludes what follows. An ended track stays as it is, whatever comes (I6). */
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
  const track = noted.end.is === 'open' ? settle(before, noted, event) : noted;
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
