import { type Durations, endedRunOf, learn, NO_DURATIONS } from '../polling/durations.ts';
import { accountKeyOf } from '../contract/job-id.ts';
import type { JobRef, Snapshot } from '../contract/job.ts';
import type { PollMemory } from '../polling/memory.ts';

export type DurationStatistics = ReturnType<typeof createDurationStatistics>;

/** Beyond, the account that learnt nothing for the longest time is forgotten. */
const MAX_ACCOUNTS = 10_000;

/** How long jobs run, by provider and account, as this worker has learnt it. A restart loses it; the intervals are then less exact. */
export function createDurationStatistics() {
  const byAccount = new Map<string, Durations>(); // what learnt last is last
  const of = (job: JobRef): Durations => byAccount.get(accountKeyOf(job)) ?? NO_DURATIONS;
  return {
    of,
    /** @param before the memory before this answer */
    note: (job: JobRef, { before, snapshot, nowMs }: { before: PollMemory; snapshot: Snapshot; nowMs: number }) => {
      const run = endedRunOf(before, snapshot, nowMs);
      if (run === null) return;
      const learnt = learn(of(job), run);
      byAccount.delete(accountKeyOf(job));
      byAccount.set(accountKeyOf(job), learnt);
      if (byAccount.size > MAX_ACCOUNTS) byAccount.delete(byAccount.keys().next().value ?? '');
    },
  };
}
