import { isoTime } from '../../contract/json.ts';
import type { JobState, Snapshot } from '../../contract/job.ts';
import { type JobHealth, TIMELINE_LENGTH, type TimelineEntry } from '../../contract/progress.ts';

/** What changed, for people and watchers. */
export interface Journal {
  /** Grows by one with each change. */
  readonly version: number;
  /** The last 50 entries. */
  readonly timeline: readonly TimelineEntry[];
}

export const emptyJournal: Journal = { version: 1, timeline: [] };

/** What the journal compares. */
export interface JournalFacts {
  readonly state: JobState;
  readonly snapshot: Snapshot | null;
  readonly health: JobHealth;
  readonly cancelPhase: string;
  /** The status of the outcome; null: tracking has not ended. */
  readonly outcome: string | null;
}

/** Counts a change, and adds an entry if a person wants to know of it. */
export function withChange(journal: Journal, [was, is]: readonly [JournalFacts, JournalFacts], nowMs: number): Journal {
  const changed = { ...journal, version: journal.version + 1 };
  const notes = notesOf(was, is);
  if (was.state === is.state && notes.length === 0) return changed;
  const entry: TimelineEntry = {
    at: isoTime(nowMs),
    state: is.state,
    providerState: is.snapshot?.providerState ?? null,
    progress: is.snapshot?.progress ?? null,
    ...(notes.length === 0 ? {} : { note: notes.join('; ') }),
  };
  return { ...changed, timeline: [...journal.timeline, entry].slice(-TIMELINE_LENGTH) };
}

function notesOf(was: JournalFacts, is: JournalFacts): string[] {
  const lastError = was.state === is.state ? null : (is.snapshot?.lastError ?? null);
  return [
    ...(lastError === null ? [] : [lastError]),
    ...healthNote(was.health, is.health),
    ...(was.cancelPhase === is.cancelPhase ? [] : [`cancel ${is.cancelPhase}`]),
    ...(is.outcome === null ? [] : [`outcome ${is.outcome}`]),
  ];
}

function healthNote(was: JobHealth, is: JobHealth): string[] {
  if (was.status === is.status && was.error === is.error) return [];
  return [is.status === 'ok' ? 'health ok' : `health ${is.status}: ${is.error ?? ''}`];
}
