import type { Forecast } from './forecast.ts';

/**
 * Polls are spent where ends are likely. With an end at hazard h (ends per ms and job still running), the mean delay for a given
 * number of polls is least if the interval is proportional to 1 / sqrt(h). The factor says what a poll is worth: with p² = 2 w it is
 * the least of delay + w for each poll, so 0.83 sqrt(s) spends one poll for each 0.34 s of mean delay that it saves.
 */
const PATIENCE = 0.83 * Math.sqrt(1_000);

/** @returns the hazard at which an interval is right */
export function hazardOfInterval(intervalMs: number): number {
  return (PATIENCE / intervalMs) ** 2;
}

export type HazardAt = (afterMs: number) => number;

/** A job ends as its progress foretells with probability `trust`; else as jobs do. */
export interface TrustedForecast extends Forecast {
  readonly trust: number;
}

/**
 * The hazard of both together. The longer a job outlives its forecast, the less that one is believed: a frozen 95 % is soon polled
 * as if it had no progress at all.
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
 * Looks ahead until one poll's worth of likely ends has passed.
 * @param finestMs the hazard may change within so many ms at that moment
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
