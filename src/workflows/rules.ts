import { patched } from '@temporalio/workflow';
import type { TrackEvent } from '../tracking/event.ts';
import type { Track } from '../tracking/track.ts';

/**
 * Asks for the rules that came after the first runs, each where it first matters: the mark of one costs two events. The track keeps the
 * answer, so that a run goes on under the rules it began with.
 */
export function withRules(track: Track, event: TrackEvent): Track {
  if (track.end.is === 'ended' || track.rules.unknownStalls !== undefined) return track;
  if (event.type !== 'polled' || event.snapshot.state !== 'unknown') return track;
  return { ...track, rules: { ...track.rules, unknownStalls: patched('an-unknown-word-stalls') } };
}
