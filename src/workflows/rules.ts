import { patched } from '@temporalio/workflow';
import type { TrackEvent } from '../tracking/event.ts';
import type { Track } from '../tracking/track.ts';

/**
 * Asks `patched` for each rule that came after the first runs. It asks when the rule first matters, because a marker costs two events. The
 * track keeps the answer, so a run keeps the rules that it began with.
 */
export function withRules(track: Track, event: TrackEvent): Track {
  if (track.end.is === 'ended' || track.rules.unknownStalls !== undefined) return track;
  if (event.type !== 'polled' || event.snapshot.state !== 'unknown') return track;
  return { ...track, rules: { ...track.rules, unknownStalls: patched('an-unknown-word-stalls') } };
}
