/** Requests that may all begin at once although a rate is set: the server has four partitions of a queue (measured). */
const BURST = 4;

/** Polls leave a part of the budget to cancels, and to clocks that differ. */
const POLLS_SHARE = 0.85;

/** The period that a budget is counted over, ms. */
export const BUDGET_WINDOW_MS = 60_000;

/**
 * The rate at which the server may hand out an account's polls, over all workers (I8).
 * @param requestsPerMinute the account's budget, at least 5
 * @returns polls per second; with the burst, below the budget in any minute
 */
export function statusRatePerS(requestsPerMinute: number): number {
  return (POLLS_SHARE * (requestsPerMinute - BURST)) / 60;
}

/**
 * What polls leave, less a burst of its own; never nothing, for a cancel must come through (I4).
 * @returns cancels per second
 */
export function cancelRatePerS(requestsPerMinute: number): number {
  const left = requestsPerMinute - BURST - statusRatePerS(requestsPerMinute) * 60 - BURST;
  return Math.max(left, requestsPerMinute / 20) / 60;
}

/**
 * How many requests polls may use in any minute of one worker: the last ones are kept for cancels.
 * The server's rate is a mean; this is the hard limit behind it.
 */
export function pollsPerWindow(requestsPerMinute: number): number {
  return requestsPerMinute - Math.max(1, Math.floor(requestsPerMinute / 20));
}

/**
 * The shortest interval at which so many jobs can share a rate: beyond it they would only queue.
 * @param chance in [0, 1): lengthens by up to a tenth, so that jobs do not poll in step, and the queue drains
 * @returns whole ms
 */
export function fairIntervalMs(jobs: number, ratePerS: number, chance: number): number {
  return Math.ceil((Math.max(1, jobs) / ratePerS) * 1_000 * (1 + chance / 10));
}

const REMEMBERED_MS = 60_000;

/**
 * Until when a job counts among those of an account after one of its polls, ms: other workers poll it too, so it may be seen here
 * only now and then; a job that has ended elsewhere is forgotten in time.
 */
export function countsUntilMs(nowMs: number, intervalMs: number): number {
  return nowMs + intervalMs + Math.max(REMEMBERED_MS, 3 * intervalMs);
}
