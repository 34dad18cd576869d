/** The polls of one status activity, ms; only the last one was told. */
export type Activity = readonly number[];

/** What of the actions holds decide; the rest of a job's actions is the same with and without. */
export interface HoldCosts {
  retries: number;
  heartbeats: number;
  /** Of the waits between a change and the next poll. */
  timers: number;
}

const TICK_MS = 10_000; // how often a hold heartbeats
const THROTTLE_MS = 20_000; // how often a heartbeat is delivered
const TURN_MS = 300_000; // how long a worker holds, in the mean
const SLACK_MS = 100; // what an answer takes

/**
 * Works out what a job costs whose polls are known, for an attempt that waits out intervals up to `holdMs`. Heartbeats cannot be read from
 * a history, and holds cannot be played in skipped time, for they wait in real time.
 */
export function holdCosts(activities: readonly Activity[], holdMs: number): HoldCosts {
  const costs: HoldCosts = { retries: 0, heartbeats: 0, timers: 0 };
  let lastMs: number | null = null;
  for (const polls of activities) {
    const [firstMs = 0] = polls;
    const isWaiting = lastMs !== null && firstMs - lastMs > SLACK_MS;
    const isHeld = isWaiting && firstMs - (lastMs ?? 0) <= holdMs + SLACK_MS;
    if (isWaiting && !isHeld) costs.timers += 1;
    addActivity(costs, polls, { holdMs, beginsAtMs: isHeld ? (lastMs ?? firstMs) : firstMs });
    lastMs = polls.at(-1) ?? lastMs;
  }
  return costs;
}

function addActivity(costs: HoldCosts, polls: Activity, turn: { holdMs: number; beginsAtMs: number }): void {
  let { beginsAtMs } = turn;
  let heldSinceMs: number | null = null;
  for (const [index, atMs] of polls.entries()) {
    const nextMs = polls[index + 1];
    if (nextMs === undefined) {
      costs.heartbeats += beatsOf(beginsAtMs, heldSinceMs, atMs);
      return;
    }
    const isHeld = nextMs - atMs <= turn.holdMs + SLACK_MS && nextMs <= beginsAtMs + TURN_MS;
    if (isHeld) {
      heldSinceMs ??= atMs;
      continue;
    }
    costs.retries += 1;
    costs.heartbeats += beatsOf(beginsAtMs, heldSinceMs, atMs);
    [beginsAtMs, heldSinceMs] = [nextMs, null];
  }
}

/**
 * The begin of the first hold after a poll is a heartbeat, and so is each tick: the first of them is delivered at once, then one a throttle.
 * What the next attempt must know travels with the failure.
 */
function beatsOf(beginsAtMs: number, heldSinceMs: number | null, endsAtMs: number): number {
  const firstMs = Math.min(heldSinceMs ?? Number.POSITIVE_INFINITY, beginsAtMs + TICK_MS);
  return firstMs > endsAtMs ? 0 : 1 + Math.floor((endsAtMs - firstMs) / THROTTLE_MS);
}
