import type { Snapshot } from '../contract/job.ts';
import type { EndedRun } from './durations.ts';
import type { PollMemory } from './memory.ts';
import { forecastOf } from './forecast.ts';

/** A forecast that was off by more has missed. */
const SPREADS = 3;

/**
 * What an answer teaches about the account's jobs.
 * @param before what was remembered before the answer
 * @returns null: nothing, for the job has not come to an end of its own, or nobody saw when
 */
export function endedRunOf(before: PollMemory, snapshot: Snapshot, nowMs: number): EndedRun | null {
  const { lastPollAtMs, trend } = before;
  if (snapshot.state !== 'completed' && snapshot.state !== 'failed') return null;
  if (!before.seen || lastPollAtMs === null || nowMs < lastPollAtMs) return null;
  const halfMs = (nowMs - lastPollAtMs) / 2; // it ended between the two looks
  const endedAtMs = nowMs - halfMs;
  const ranMs = trend.runningSinceMs === null ? halfMs : Math.max(0, endedAtMs - trend.runningSinceMs);
  const forecast = forecastOf(trend);
  if (forecast === null) return { ranMs, forecastHit: null };
  const offMs = Math.abs(endedAtMs - forecast.endAtMs) - halfMs;
  return { ranMs, forecastHit: offMs <= SPREADS * forecast.spreadMs };
}
