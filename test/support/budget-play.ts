import { pollRatePerS } from '../../src/polling/budget.ts';
import type { Rig } from './rig.ts';

/** The results of many jobs on one account with a budget. The service refuses requests above the budget. */
export interface BudgetReport {
  jobs: number;
  budget: number;
  requests: number;
  refused: number;
  /** The most requests in any 60 s. */
  busiestMinute: number;
  outcomes: Record<string, number>;
  /** The interval between two polls if all jobs get the same share, in ms: jobs / rate of the polls. */
  fairMs: number;
  /** The longest time that any job had no poll, from its start, in ms. */
  longestGapMs: number;
  /** The longest gap of each job, in ms, sorted. The shares are fair if the gaps are similar. */
  gapsMs: number[];
}

export interface BudgetPlay {
  rig: Rig;
  jobs: number;
  budget: number;
  /** How long each job takes at the service, in ms. */
  lengthMs: number;
}

/** Tracks all jobs at the same time, until they have ended. */
export async function playBudget({ rig, jobs, budget, lengthMs }: BudgetPlay): Promise<BudgetReport> {
  const { control } = rig.deepwriter;
  await control.setSwitches({ requestsPerMinute: budget });
  const params = { steps: 10, stepMs: Math.ceil(lengthMs / 10) };
  const made = await Promise.all(Array.from({ length: jobs }, () => control.createJob({ scenario: 'long', params })));
  const beganMs = Date.now();
  const tracked = await Promise.all(made.map(({ jobId }) => rig.tracker.track({ provider: 'deepwriter', jobId })));
  const ended = await Promise.all(tracked.map((job) => job.result()));
  const requests = await control.requests({ route: 'status' });
  const gapsMs = made.map(({ jobId }) => {
    const times = requests.filter((request) => request.jobId === jobId).map(({ atMs }) => atMs);
    return Math.max(...times.map((atMs, index) => atMs - (times[index - 1] ?? beganMs)));
  });
  const outcomes: Record<string, number> = {};
  for (const { status } of ended) outcomes[status] = (outcomes[status] ?? 0) + 1;
  return {
    jobs,
    budget,
    requests: requests.length,
    refused: requests.filter(({ status }) => status === 429).length,
    busiestMinute: busiestWindow(
      requests.map(({ atMs }) => atMs),
      60_000,
    ),
    outcomes,
    fairMs: (jobs / pollRatePerS(budget)) * 1_000,
    longestGapMs: Math.max(...gapsMs),
    gapsMs: gapsMs.toSorted((a, b) => a - b),
  };
}

export function busiestWindow(times: readonly number[], windowMs: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  let first = 0;
  return sorted.reduce((most, atMs, index) => {
    while ((sorted[first] ?? atMs) <= atMs - windowMs) first++;
    return Math.max(most, index - first + 1);
  }, 0);
}
