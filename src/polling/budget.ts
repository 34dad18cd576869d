/** Polls use this part of the budget, less some requests for bursts. The rest is for cancels, and for clocks that differ. */
const POLLS_SHARE = 0.85;
const BURST = 4;

/** The period of a budget, ms. It is longer than a minute, because one request may take a second more to arrive than another. */
export const BUDGET_WINDOW_MS = 61_000;

/**
 * The rate that the intervals of an account's polls aim at, over all workers.
 * @param requestsPerMinute the account's budget, at least 5
 * @returns polls per second
 */
export function pollRatePerS(requestsPerMinute: number): number {
  return (POLLS_SHARE * (requestsPerMinute - BURST)) / 60;
}

/** @returns how many requests polls may use in any minute, over all workers. The rest is for cancels */
export function pollsPerWindow(requestsPerMinute: number): number {
  return requestsPerMinute - Math.max(1, Math.floor(requestsPerMinute / 20));
}

/**
 * The shortest interval at which so many jobs can share a rate. With a shorter one they would only queue.
 * @param chance in [0, 1): makes it longer by up to a tenth, so that jobs do not poll at the same time, and the queue drains
 * @returns whole ms
 */
export function fairIntervalMs(jobs: number, ratePerS: number, chance: number): number {
  return Math.ceil((Math.max(1, jobs) / ratePerS) * 1_000 * (1 + chance / 10));
}

const REMEMBERED_MS = 60_000;

/**
 * After a poll, a job counts as one of its account's jobs until this time, ms. Other workers poll it too, so this worker may see it only
 * now and then. A job that ended at another worker must be forgotten in time.
 */
export function countsUntilMs(nowMs: number, intervalMs: number): number {
  return nowMs + intervalMs + Math.max(REMEMBERED_MS, 3 * intervalMs);
}
