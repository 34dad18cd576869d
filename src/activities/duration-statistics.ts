import type { Snapshot } from '../contract/job.ts';
import { type Durations, endedRunOf, learn, NO_DURATIONS } from '../polling/durations.ts';
import type { PollMemory } from '../polling/memory.ts';

export type DurationStatistics = ReturnType<typeof createDurationStatistics>;

/** How long the jobs of one account run, as this worker has learnt it. A restart loses it; the intervals are then less exact. */
export function createDurationStatistics() {
  let durations = NO_DURATIONS;
  return {
    learnt: (): Durations => durations,
    /** @param before the memory before this answer */
    note: ({ before, snapshot, nowMs }: { before: PollMemory; snapshot: Snapshot; nowMs: number }): void => {
      const run = endedRunOf(before, snapshot, nowMs);
      if (run !== null) durations = learn(durations, run);
    },
  };
}
