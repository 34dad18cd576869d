import { DEFAULT_ACCOUNT } from '../contract/index.ts';
import { type Durations, endedRunOf, learn, NO_DURATIONS } from '../polling/durations.ts';
import type { JobRef, Snapshot } from '../contract/job.ts';
import type { PollMemory } from '../polling/memory.ts';

export type DurationStatistics = ReturnType<typeof createDurationStatistics>;

/** How long jobs run, by provider and account, as this worker has learnt it. A restart loses it; the intervals are then less exact. */
export function createDurationStatistics() {
  const byAccount = new Map<string, Durations>(); // as many as the worker has accounts
  const of = (job: JobRef): Durations => byAccount.get(keyOf(job)) ?? NO_DURATIONS;
  return {
    of,
    /** @param before the memory before this answer */
    note: (job: JobRef, { before, snapshot, nowMs }: { before: PollMemory; snapshot: Snapshot; nowMs: number }) => {
      const run = endedRunOf(before, snapshot, nowMs);
      if (run !== null) byAccount.set(keyOf(job), learn(of(job), run));
    },
  };
}

function keyOf({ provider, account = DEFAULT_ACCOUNT }: JobRef): string {
  return `${provider}/${account}`;
}
