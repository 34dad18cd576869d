/** The times of the polls of one status activity, in ms. Only the last poll was reported. */
export type Activity = readonly number[];

/** The actions that depend on holds. The other actions of a job are the same with and without holds. */
export interface HoldCosts {
  retries: number;
  heartbeats: number;
  /** The timers for the intervals between a change and the next poll. */
  timers: number;
}

const TICK_MS = 10_000; // the interval of heartbeats during a hold
const THROTTLE_MS = 20_000; // the SDK delivers one heartbeat in this time
const TURN_MS = 300_000; // the mean time that one attempt holds
const SLACK_MS = 100; // the time that an answer takes

/**
 * Calculates from the polls of a job what it costs if holds wait out intervals up to `holdMs`. A history does not show heartbeats.
 * Holds cannot be played in skipped time, because they wait in real time.
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
 * A heartbeat is sent when the first hold after a poll begins, and at each tick. The first heartbeat is delivered at once, then one in
 * each `THROTTLE_MS`. The failure carries the state for the next attempt.
 */
function beatsOf(beginsAtMs: number, heldSinceMs: number | null, endsAtMs: number): number {
  const firstMs = Math.min(heldSinceMs ?? Number.POSITIVE_INFINITY, beginsAtMs + TICK_MS);
  return firstMs > endsAtMs ? 0 : 1 + Math.floor((endsAtMs - firstMs) / THROTTLE_MS);
}
