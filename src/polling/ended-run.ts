import type { Snapshot } from '../contract/job.ts';
import type { EndedRun } from './durations.ts';
import type { PollMemory } from './memory.ts';
import { forecastOf } from './forecast.ts';

/** A forecast that is wrong by more standard deviations has missed. */
const SPREADS = 3;

/**
 * What an answer says about the durations of the account's jobs.
 * @param before the memory before the answer
 * @returns null: nothing. The job has not ended by itself, or the time of its end is not known
 */
export function endedRunOf(before: PollMemory, snapshot: Snapshot, nowMs: number): EndedRun | null {
  const { lastPollAtMs, trend } = before;
  if (snapshot.state !== 'completed' && snapshot.state !== 'failed') return null;
  if (!before.seen || lastPollAtMs === null || nowMs < lastPollAtMs) return null;
  const halfMs = (nowMs - lastPollAtMs) / 2; // it ended between the two polls
  const endedAtMs = nowMs - halfMs;
  const ranMs = trend.runningSinceMs === null ? halfMs : Math.max(0, endedAtMs - trend.runningSinceMs);
  const forecast = forecastOf(trend);
  if (forecast === null) return { ranMs, forecastHit: null };
  const offMs = Math.abs(endedAtMs - forecast.endAtMs) - halfMs;
  return { ranMs, forecastHit: offMs <= SPREADS * forecast.spreadMs };
}
