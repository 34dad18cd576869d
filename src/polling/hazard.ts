import type { Forecast } from './forecast.ts';

/**
 * Polls are most useful when an end is likely. The hazard h is the ends per ms and job that still runs. For a given number of polls, the
 * mean delay is smallest if the interval is proportional to 1 / sqrt(h). The factor is the price of a poll: with p² = 2 w, the sum of
 * delay and w per poll is smallest. So 0.83 sqrt(s) makes one more poll if it saves 0.34 s of mean delay.
 */
const PATIENCE = 0.83 * Math.sqrt(1_000);

/** @returns the hazard for which this interval is the best */
export function hazardOfInterval(intervalMs: number): number {
  return (PATIENCE / intervalMs) ** 2;
}

export type HazardAt = (afterMs: number) => number;

/** With probability `trust`, the job ends when the forecast says; otherwise it ends as other jobs do. */
export interface TrustedForecast extends Forecast {
  readonly trust: number;
}

/**
 * The hazard of the forecast and of other jobs together. The later a job is than its forecast, the less the forecast counts: a job that
 * stays at 95 % is soon polled as one without progress.
 * @param base the hazard without the forecast
 */
export function mixedHazard({ endAtMs, spreadMs, trust }: TrustedForecast, base: number, nowMs: number): number {
  const scaleMs = (spreadMs * Math.sqrt(3)) / Math.PI; // logistic: like the normal distribution, with a hazard in closed form
  const passed = 1 / (1 + Math.exp(-(nowMs - endAtMs) / scaleMs));
  const believed = trust * (1 - passed);
  const doubted = 1 - trust;
  return ((believed * passed) / scaleMs + doubted * base) / (believed + doubted);
}

const GROWTH = 1.1;

/**
 * Sums up the likely ends from now on, until they are worth one poll.
 * @param finestMs the hazard may change within so many ms at that time
 * @returns ms in [fromMs, toMs]
 */
export function intervalByHazard(
  hazardAt: HazardAt,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  finestMs: HazardAt = () => Infinity,
): number {
  let passed = (fromMs * Math.sqrt(hazardAt(fromMs / 2))) / PATIENCE;
  let strideMs = fromMs / 4;
  for (let atMs = fromMs; atMs < toMs && passed < 1; strideMs *= GROWTH) {
    const stepMs = Math.min(strideMs, finestMs(atMs), toMs - atMs);
    const worth = (stepMs * Math.sqrt(hazardAt(atMs + stepMs / 2))) / PATIENCE;
    if (passed + worth >= 1) return atMs + (stepMs * (1 - passed)) / worth;
    passed += worth;
    atMs += stepMs;
  }
  return passed >= 1 ? fromMs : toMs;
}
