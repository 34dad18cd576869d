import { workflowInfo } from '@temporalio/workflow';
import { apply } from '../tracking/apply.ts';
import { carriedTrack } from '../tracking/carried.ts';
import type { Happening } from '../tracking/event.ts';
import { begin, type Track } from '../tracking/track.ts';
import { isContinueDue, originOf } from './close.ts';
import { measureChange } from './measure.ts';
import { withRules } from './rules.ts';
import { createShowing } from './show.ts';

/** One run of the workflow: its track, and the only way to change it. */
export interface Run {
  readonly track: Track;
  /** This run continues an earlier one and has its track. */
  readonly isContinued: boolean;
  /** Whether the run is about to continue as a new one. */
  readonly isLeaving: () => boolean;
  /** Applies what happened now, and shows the new track. */
  readonly record: (happening: Happening) => void;
}

/** @param handedOn the track of the run before. A value that a caller sends in its place is ignored. */
export function createRun(input: unknown, handedOn: unknown): Run {
  const carried = carriedTrack(handedOn, originOf(workflowInfo()));
  const show = createShowing(carried);
  let track = carried ?? begin(input, Date.now());
  return {
    get track() {
      return track;
    },
    isContinued: carried !== null,
    isLeaving: () => isContinueDue(track, workflowInfo()),
    record: (happening) => {
      const before = track;
      const event = { ...happening, atMs: Date.now() };
      track = apply(withRules(before, event), event);
      measureChange(before, track);
      show(track);
    },
  };
}
