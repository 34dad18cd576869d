import { isoOf } from '../contract/json.ts';
import type { JobHealth } from '../contract/progress.ts';
import { plainText } from '../contract/text.ts';
import type { Track } from './track.ts';
import { stateOf } from './track.ts';

export function healthOf(track: Track): JobHealth {
  const { trouble, overdue, stalledSinceMs } = track;
  if (trouble !== null) return { status: 'degraded', since: isoOf(trouble.sinceMs), error: trouble.error };
  if (overdue !== null) return { status: 'overdue', since: isoOf(overdue.sinceMs), error: overdue.error };
  if (stalledSinceMs !== null) {
    return {
      status: 'stalled',
      since: isoOf(stalledSinceMs),
      error: stallOf(track),
    };
  }
  return { status: 'ok', since: null, error: null };
}

const MAX_WORD = 100;

/** The word that is not known says more than that nothing has changed: it may be that of an end. */
function stallOf(track: Track): string {
  const word = track.snapshot?.providerState ?? null;
  if (stateOf(track) !== 'unknown' || word === null) return 'running, but nothing has changed for the time allowed';
  return `the service says "${plainText(word, MAX_WORD)}", which is not known here, and nothing has changed for the time allowed; the job may have ended`;
}
