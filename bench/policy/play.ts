import { type Durations, endedRunOf, learn, NO_DURATIONS } from '../../src/polling/durations.ts';
import type { Snapshot } from '../../src/contract/job.ts';
import type { PollingPolicy } from '../../src/contract/polling-options.ts';
import { emptyMemory, type PollRequest } from '../../src/polling/memory.ts';
import { evaluate } from '../../src/polling/evaluate.ts';
import type { Chance } from '../random.ts';
import type { Profile } from './profiles.ts';

/** One job that was tracked until its end. */
export interface Followed {
  polls: number;
  /** The time from the end of the job to the poll that sees it. */
  delayMs: number;
}

/** Tracks one job after the other, as one worker does. */
export type Follower = (profile: Profile, durationMs: number, chance: Chance) => Followed;

/** The start of every job, in epoch ms. */
const BEGIN_MS = 1_700_000_000_000;

const RUNNING: Snapshot = {
  state: 'running',
  providerState: 'in_progress',
  progress: null,
  stage: null,
  title: null,
  message: null,
  lastError: null,
  details: {},
  createdAt: null,
  startedAt: null,
  finishedAt: null,
  scheduled: false,
  cancellable: true,
  result: null,
  reason: null,
  torn: false,
  ranForMs: 0,
};
const COMPLETED: Snapshot = { ...RUNNING, state: 'completed', providerState: 'completed', progress: 100 };

/** Runs the real core: `evaluate` gets each answer, as in the status activity. `learns`: later jobs use the durations of earlier ones. */
export function trackerFollower(policy: PollingPolicy, learns: boolean): Follower {
  let durations: Durations = NO_DURATIONS;
  return ({ progressAt, usualMs }, durationMs, chance) => {
    const memory = emptyMemory(BEGIN_MS);
    const job = { provider: 'deepwriter', jobId: 'virtual', account: 'default' };
    const request: PollRequest = { job, policy, usualMs, memory, firstWaitMs: 0, report: 'changes', cancel: null };
    let known = memory;
    for (let ageMs = 0; ;) {
      const ended = ageMs >= durationMs;
      const snapshot = ended ? COMPLETED : { ...RUNNING, progress: progressAt(ageMs / durationMs) };
      const nowMs = BEGIN_MS + ageMs;
      if (ended) {
        const run = endedRunOf(known, snapshot, nowMs);
        if (learns && run !== null) durations = learn(durations, run);
      }
      const time = { nowMs, chance: chance(), reportEveryMs: 5_000, durations };
      const weighed = evaluate({ request, memory: known, time }, { type: 'snapshot', snapshot });
      known = weighed.memory;
      if (ended) return { polls: known.polls, delayMs: ageMs - durationMs };
      ageMs += weighed.intervalMs;
    }
  };
}

/** @param intervalMs the interval after a poll; the number of the first poll is 1 */
export function plainFollower(intervalMs: (poll: number, chance: Chance) => number): Follower {
  return (_, durationMs, chance) => {
    let ageMs = 0;
    let polls = 1;
    for (; ageMs < durationMs; polls++) ageMs += intervalMs(polls, chance);
    return { polls, delayMs: ageMs - durationMs };
  };
}
