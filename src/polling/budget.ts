/** So many requests may begin at once, whatever the rate: the server has four partitions of a queue (measured). */
const BURST = 4;
/** Polls use this part of the budget. The rest is for cancels, and for clocks that differ. */
const POLLS_SHARE = 0.85;

/** The period of a budget, ms. */
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
 * What polls leave of the budget, less a burst. It is never 0, because a cancel must reach the service (I4).
 * @returns cancels per second
 */
export function cancelRatePerS(requestsPerMinute: number): number {
  const left = requestsPerMinute - BURST - statusRatePerS(requestsPerMinute) * 60 - BURST;
  return Math.max(left, requestsPerMinute / 20) / 60;
}

/**
 * How many requests the polls of one worker may use in any minute. The rest is for cancels.
 * The server's rate is a mean value; this is the hard limit.
 */
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
