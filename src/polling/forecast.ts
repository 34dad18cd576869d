import type { Snapshot } from '../contract/job.ts';
import type { Move, Trend } from './memory.ts';
import { isOtherTimestamp } from './timestamp.ts';

export type ProgressReading = Pick<Snapshot, 'state' | 'progress' | 'startedAt' | 'ranForMs'>;

/** @returns the trend after one more poll. It begins again after a new attempt, or if progress falls */
export function observeProgress(before: Trend, reading: ProgressReading, nowMs: number): Trend {
  const { state, progress, startedAt, ranForMs } = reading;
  if (state !== 'running') return before;
  const restarted = isOtherTimestamp(before.attempt, startedAt);
  const runningSinceMs = before.runningSinceMs ?? nowMs - (ranForMs ?? 0);
  const trend = { ...before, runningSinceMs, attempt: startedAt ?? before.attempt };
  if (progress === null) return restarted ? { ...trend, from: null, moved: null, ...UNMOVED } : trend;
  const here = { atMs: nowMs, progress };
  const { moved } = trend;
  if (restarted || moved === null || progress < moved.progress) {
    return { ...trend, from: here, moved: here, ...UNMOVED, lookedAtMs: nowMs };
  }
  const movement = progress === moved.progress ? {} : movedOn(trend, moved, here);
  return { ...trend, ...movement, lookedAtMs: nowMs };
}

const UNMOVED = { lookedAtMs: null, step: null, marks: [] };

function movedOn(trend: Trend, moved: Move, { atMs, progress }: Move): Pick<Trend, 'moved' | 'step' | 'marks'> {
  const rise = progress - moved.progress;
  const perPercentMs = Math.round(Math.max(0, atMs - (trend.lookedAtMs ?? moved.atMs)) / Math.max(rise, 0.01));
  const firstRise = moved.progress - (trend.from?.progress ?? moved.progress);
  const here = { atMs, progress, perPercentMs };
  if (firstRise <= 0) return { moved: here, step: null, marks: [] };
  const step = stepOf(rise, trend.step ?? firstRise);
  return { moved: here, step, marks: withMark(trend.marks, moved, { progress, step }) };
}

/** @returns the greatest common divisor of both, to a hundredth of a percent */
function stepOf(one: number, other: number): number {
  let [a, b] = [Math.round(one * 100), Math.round(other * 100)];
  while (b > 0) [a, b] = [b, a % b];
  return Math.max(a, 1) / 100;
}

/** A forecast uses as much of the past as it predicts of the future, but at least so many steps. */
const STEPS_BACK = 3;
const MARKS = 8;

function lookBackOf(progress: number, step: number | null): number {
  return Math.max(100 - progress, (step ?? 0) * STEPS_BACK);
}

/**
 * Adds a move for later forecasts, about three for each look-back. The last move is provisional: a new one replaces it, until it is far
 * enough from the move before it.
 */
function withMark(marks: readonly Move[], mark: Move, { progress, step }: { progress: number; step: number }): Move[] {
  const lookBack = lookBackOf(progress, step);
  const [beforeLast, last] = [marks.at(-2), marks.at(-1)];
  const isCrowded =
    beforeLast !== undefined && last !== undefined && last.progress - beforeLast.progress < lookBack / 3;
  const kept = [...(isCrowded ? marks.slice(0, -1) : marks), mark];
  const oldest = kept.findLastIndex((one) => progress - one.progress >= 2 * lookBack);
  return kept.slice(Math.max(0, oldest)).slice(-MARKS);
}

/** When a job ends if its progress goes on as before. */
export interface Forecast {
  readonly endAtMs: number;
  /** One standard deviation, ms. */
  readonly spreadMs: number;
}

/** The error of a forecast with steady progress, as a part of the time that is left. */
const MODEL_ERROR = 0.15;
/** The work after 99 %, as a part of the time so far: services seldom report it. */
const TAIL_ERROR = 0.005;
const SPREAD_MIN_MS = 1_000;

/**
 * Forecasts the end: the rest takes as long as the last equal share of progress took.
 * @returns null: progress has not moved yet
 */
export function forecastOf({ from, moved, step, marks }: Trend): Forecast | null {
  if (from === null || moved === null || moved.progress <= from.progress) return null;
  const lookBack = lookBackOf(moved.progress, step);
  const back = marks.findLast(({ progress }) => moved.progress - progress >= lookBack) ?? from;
  const [here, there] = [reached(moved, step), reached(back, step)];
  const ahead = (100 - moved.progress) / Math.max(moved.progress - back.progress, 0.01);
  const leftMs = Math.max(0, here.atMs - there.atMs) * ahead;
  const spreadMs = Math.hypot(
    MODEL_ERROR * leftMs,
    TAIL_ERROR * Math.max(0, here.atMs - from.atMs),
    ((1 + ahead) * here.slackMs) / Math.sqrt(12),
    (ahead * there.slackMs) / Math.sqrt(12),
  );
  return { endAtMs: here.atMs + leftMs, spreadMs: Math.max(SPREAD_MIN_MS, spreadMs) };
}

/** @returns when progress reached its value: some time since the poll before it. The middle of that time, and its length */
function reached({ atMs, perPercentMs = 0 }: Move, step: number | null): { atMs: number; slackMs: number } {
  const slackMs = perPercentMs * (step ?? 0);
  return { atMs: atMs - slackMs / 2, slackMs };
}

/** @returns the expected remaining time, ms; null: there is no forecast */
export function expectedRemainingMs(trend: Trend, nowMs: number): number | null {
  const forecast = forecastOf(trend);
  if (forecast === null || trend.moved === null) return null;
  // The longer progress stands still, the less the forecast counts: a job may stay at 99 % for long.
  return Math.max(forecast.endAtMs - nowMs, Math.max(0, nowMs - trend.moved.atMs) / 10);
}
