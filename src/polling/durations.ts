import type { Snapshot } from '../contract/job.ts';
import { forecastOf } from './forecast.ts';
import type { PollMemory } from './memory.ts';

/**
 * How long the jobs of one account ran, from the first poll that saw them running to their end. A histogram of fixed size in the memory of
 * one worker. It makes polling more precise, and is not needed: a worker that starts again begins without it.
 */
export interface Durations {
  /** How many ends were learnt. Old ones fade, so it stays below `FADE_AT`. */
  readonly total: number;
  /** By bucket of running time, each a tenth wider than the one before. */
  readonly counts: readonly number[];
  /** Ends per ms and job that still runs, by bucket. Made of the counts. */
  readonly hazards: readonly number[];
  /** Jobs that ended with a forecast, and those that ended when the forecast said. */
  readonly forecast: { readonly jobs: number; readonly hits: number };
}

/** One job's end. */
export interface EndedRun {
  readonly ranMs: number;
  /** It ended when the forecast said; null: there was no forecast. */
  readonly forecastHit: boolean | null;
}

const FIRST_MS = 1_000;
const RATIO = 1.1;
/** From 1 s to a week. */
const BUCKETS = 140;
/** At this total, all counts are halved: if a service becomes slower, this is learnt within so many jobs. */
const FADE_AT = 1_000;
/** Fewer ends have no reliable distribution. */
const ENOUGH = 100;
/** A forecast that is wrong by more standard deviations has missed. */
const SPREADS = 3;

const widthMs = (bucket: number): number =>
  bucket === 0 ? FIRST_MS * RATIO : FIRST_MS * RATIO ** bucket * (RATIO - 1);

const bucketOf = (ranMs: number): number =>
  Math.min(BUCKETS - 1, Math.max(0, Math.floor(Math.log(Math.max(ranMs, FIRST_MS) / FIRST_MS) / Math.log(RATIO))));

export const NO_DURATIONS: Durations = {
  total: 0,
  counts: Array.from({ length: BUCKETS }, () => 0),
  hazards: [],
  forecast: { jobs: 0, hits: 0 },
};

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

/** @returns the histogram with one more end */
export function learn(known: Durations, { ranMs, forecastHit }: EndedRun): Durations {
  const kept = known.total + 1 < FADE_AT ? 1 : 0.5;
  const bucket = bucketOf(ranMs);
  const counts = known.counts.map((count, index) => (count + (index === bucket ? 1 : 0)) * kept);
  const forecast = {
    jobs: (known.forecast.jobs + (forecastHit === null ? 0 : 1)) * kept,
    hits: (known.forecast.hits + (forecastHit === true ? 1 : 0)) * kept,
  };
  return { total: (known.total + 1) * kept, counts, hazards: hazardsOf(counts), forecast };
}

/** @returns true if enough is learnt to poll by it */
export function isEnough(known: Durations): boolean {
  return known.total >= ENOUGH;
}

/** @returns the share per ms of the jobs that still run at this age and end then. Only if `isEnough` */
export function hazardAt(known: Durations, ageMs: number): number {
  return known.hazards[bucketOf(ageMs)] ?? 0;
}

/**
 * Ends divided by running time, in a window of three buckets. One more job is assumed, which may end at any time (its hazard is 1 / age).
 * So the rate is not 0 where no job has ended yet, and not noise where few jobs are left.
 */
function hazardsOf(counts: readonly number[]): number[] {
  const left: number[] = [];
  let beyond = 0;
  for (let bucket = counts.length - 1; bucket >= 0; bucket--) {
    left[bucket] = beyond + (counts[bucket] ?? 0) / 2;
    beyond += counts[bucket] ?? 0;
  }
  return counts.map((_, bucket) => {
    let ends = 0;
    let ranMs = 0;
    for (let near = Math.max(0, bucket - 1); near <= Math.min(counts.length - 1, bucket + 1); near++) {
      ends += (counts[near] ?? 0) + Math.log(RATIO);
      ranMs += widthMs(near) * ((left[near] ?? 0) + 1);
    }
    return ends / ranMs;
  });
}

/** @returns how likely a job of this account ends when the forecast says; likely, until more is known */
export function trustInForecast({ forecast }: Durations): number {
  return Math.min(0.98, Math.max(0.02, (forecast.hits + 8) / (forecast.jobs + 10)));
}
