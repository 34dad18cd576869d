import { describe, expect, test } from 'vitest';
import { learn, NO_DURATIONS } from '../../../src/polling/durations.ts';
import {
  expectedRemainingMs,
  forecastOf,
  observeProgress,
  type ProgressReading,
} from '../../../src/polling/forecast.ts';
import { NO_TREND, type Trend } from '../../../src/polling/memory.ts';
import { type IntervalFacts, nextIntervalMs, troubleIntervalMs } from '../../../src/polling/interval.ts';
import { DEFAULT_POLLING, type PollingPolicy } from '../../../src/contract/polling-options.ts';
import { HOUR, MINUTE, SECOND } from '../../support/core-builders.ts';

const facts: IntervalFacts = { trend: NO_TREND, usualMs: null, sinceMs: 0, cancel: null };
const policy = (over: Partial<PollingPolicy> = {}): PollingPolicy => ({ ...DEFAULT_POLLING, ...over });
const intervalAt = (nowMs: number, over: Partial<IntervalFacts> = {}, chance = 0) =>
  nextIntervalMs(DEFAULT_POLLING, { ...facts, ...over }, { nowMs, chance });
const trend = (from: [number, number], moved: [number, number]): Trend => ({
  ...NO_TREND,
  runningSinceMs: from[0],
  from: { atMs: from[0], progress: from[1] },
  moved: { atMs: moved[0], progress: moved[1] },
  attempt: null,
});

describe('an adaptive interval', () => {
  test.each([
    [0, 2_000],
    [4 * SECOND, 3_000],
    [MINUTE, 17_000],
    [232 * SECOND, 60_000],
    [HOUR, 60_000],
    [24 * HOUR, 60_000],
  ])('of a job %i ms old is a quarter of its age and the shortest one, at most the longest: %i', (ageMs, expected) => {
    expect(intervalAt(ageMs)).toBe(expected);
  });

  test('counts the age from the first running snapshot, without the wait in the queue', () => {
    expect(intervalAt(HOUR, { trend: { ...NO_TREND, runningSinceMs: HOUR } })).toBe(2_000);
  });

  test('is the longest one far from the end that progress forecasts, and the shortest one near it', () => {
    const steady = (progress: number) => trend([0, 0], [progress * SECOND * 10, progress]);
    const after = (progress: number) => intervalAt(progress * SECOND * 10, { trend: steady(progress) });
    expect(after(50)).toBe(60_000);
    expect(after(95)).toBeLessThan(40_000);
    expect(after(99.9)).toBeLessThan(3_000);
  });

  test('grows again if the progress is frozen near its end: the forecast counts less (P15)', () => {
    const frozen = trend([0, 0], [99 * SECOND, 99]);
    const after = (quietMs: number) => intervalAt(99 * SECOND + quietMs, { trend: frozen });
    expect(after(0)).toBe(2_000);
    expect([MINUTE, 10 * MINUTE, HOUR].map(after)).toEqual([41_750, 60_000, 60_000]); // only by the age
  });

  test('is the longest one at ages without any ends, and short at ages with many ends', () => {
    const runs = Array.from({ length: 200 }, (_, index) => ({
      ranMs: (25 + (index % 10)) * MINUTE,
      forecastHit: null,
    }));
    const durations = runs.reduce(learn, NO_DURATIONS);
    const after = (ageMs: number) => intervalAt(ageMs, { trend: { ...NO_TREND, runningSinceMs: 0 }, durations });
    expect([MINUTE, 10 * MINUTE].map(after)).toEqual([60_000, 60_000]);
    expect(after(30 * MINUTE)).toBeLessThan(20_000);
    expect(intervalAt(MINUTE, { durations })).toBe(17_000); // the job waits in the queue, and durations do not count for this
  });

  test('is the shortest one at ages at which most jobs of the service still run', () => {
    expect([0, 30 * SECOND, MINUTE - 1].map((ageMs) => intervalAt(ageMs, { usualMs: MINUTE }))).toEqual([
      2_000, 2_000, 2_000,
    ]);
    expect(intervalAt(MINUTE, { usualMs: MINUTE })).toBe(17_000);
  });

  test('is only shortened by chance, by at most a tenth, and not below the shortest one', () => {
    expect([0, 0.5, 0.999_999].map((chance) => intervalAt(HOUR, {}, chance))).toEqual([60_000, 57_000, 54_000]);
    expect(intervalAt(0, {}, 0.999)).toBe(2_000);
  });

  test('never counts an age below zero, with any clocks (P17)', () => {
    expect(intervalAt(0, { trend: { ...NO_TREND, runningSinceMs: 5 * MINUTE } })).toBe(2_000);
  });
});

describe('a fixed interval', () => {
  test('is what the caller said, at any age', () => {
    const fixed = policy({ mode: 'fixed', intervalMs: 7_000 });
    expect([0, MINUTE, HOUR].map((nowMs) => nextIntervalMs(fixed, facts, { nowMs, chance: 0.7 }))).toEqual([
      7_000, 7_000, 7_000,
    ]);
  });

  const every5s = policy({ mode: 'fixed', intervalMs: 5_000 });
  const inPlace = (nowMs: number, phaseOffset = 0.4) =>
    nextIntervalMs(every5s, { ...facts, phaseOffset }, { nowMs, chance: 0 });

  test('is at most a tenth shorter for a job that is behind its phase offset, and never longer', () => {
    expect([2_000, 2_001, 2_300, 2_500, 2_501, 6_949].map((nowMs) => inPlace(HOUR + nowMs))).toEqual([
      5_000, 4_999, 4_700, 4_500, 4_500, 4_500,
    ]);
  });

  test('does not change for a job that is a hundredth ahead of its phase offset: its next answers take the rest', () => {
    expect([6_950, 6_999].map((nowMs) => inPlace(HOUR + nowMs))).toEqual([5_000, 5_000]);
  });

  test('spreads jobs that were polled together within ten polls, each to its own phase offset', () => {
    const pollsOf = (phaseOffset: number): number[] => {
      const at = [HOUR];
      for (let count = 0; count < 10; count++) at.push((at.at(-1) ?? 0) + inPlace(at.at(-1) ?? 0, phaseOffset));
      return at;
    };
    const places = Array.from({ length: 50 }, (_, index) => index / 50);
    const endedAtMs = places.map((phaseOffset) => (pollsOf(phaseOffset).at(-1) ?? 0) % 5_000);
    expect(endedAtMs).toEqual(places.map((phaseOffset) => Math.round(phaseOffset * 5_000)));
  });

  test('counts from due time to due time: the time of an answer, up to a tenth, is not added to it', () => {
    let nowMs = HOUR + 2_000;
    const due = [180, 20, 499, 0, 250].map((tookMs) => ((nowMs += tookMs), (nowMs += inPlace(nowMs))));
    expect(due.map((dueAtMs) => dueAtMs - HOUR)).toEqual([7_000, 12_000, 17_000, 22_000, 27_000]);
  });
});

describe('the interval after an accepted cancel', () => {
  const cancel = { requestedAtMs: HOUR, acceptedAtMs: HOUR + 10 * SECOND };

  test('is the shortest one for 60 s, then by the age of the request', () => {
    const after = (ms: number) => intervalAt(HOUR + 10 * SECOND + ms, { cancel });
    expect([0, 30 * SECOND, MINUTE - 1, MINUTE, HOUR].map(after)).toEqual([2_000, 2_000, 2_000, 19_500, 60_000]);
  });

  test('depends only on that age, not on forecasts from progress or other jobs', () => {
    const forecastHit = trend([0, 10], [HOUR - MINUTE, 98]);
    const durations = Array.from({ length: 200 }, () => ({ ranMs: HOUR + 80 * SECOND, forecastHit: true })).reduce(
      learn,
      NO_DURATIONS,
    );
    expect(intervalAt(HOUR + 70 * SECOND, { cancel, trend: forecastHit, durations })).toBe(19_500);
  });

  test('is the shortest one for a fixed policy, too', () => {
    const fixed = policy({ mode: 'fixed', intervalMs: 30_000 });
    const after = (ms: number) =>
      nextIntervalMs(fixed, { ...facts, cancel }, { nowMs: HOUR + 10 * SECOND + ms, chance: 0 });
    expect([0, MINUTE].map(after)).toEqual([2_000, 30_000]);
  });

  test('is never longer than the fixed one', () => {
    const fixed = policy({ mode: 'fixed', intervalMs: 1_000 });
    expect(nextIntervalMs(fixed, { ...facts, cancel }, { nowMs: HOUR + 10 * SECOND, chance: 0 })).toBe(1_000);
  });
});

describe('the trend', () => {
  const reading = (over: Partial<ProgressReading> = {}): ProgressReading => ({
    state: 'running',
    progress: null,
    startedAt: null,
    ranForMs: null,
    ...over,
  });
  const observed = (...readings: [number, Partial<ProgressReading>][]): Trend =>
    readings.reduce((known, [nowMs, over]) => observeProgress(known, reading(over), nowMs), NO_TREND);

  test('is not known before the job runs', () => {
    expect(observed([5, { state: 'queued', progress: 40 }])).toBe(NO_TREND);
  });

  test('begins with the first running snapshot, and the time that the job had run before, as the service says', () => {
    expect(observed([HOUR, {}]).runningSinceMs).toBe(HOUR);
    expect(observed([HOUR, { ranForMs: 10 * MINUTE }]).runningSinceMs).toBe(50 * MINUTE);
    expect(observed([HOUR, {}], [2 * HOUR, { ranForMs: MINUTE }]).runningSinceMs).toBe(HOUR);
  });

  test('remembers when progress last moved', () => {
    const known = observed([0, { progress: 10 }], [10, { progress: 20 }], [20, { progress: 20 }], [30, {}]);
    expect([known.from, known.moved]).toEqual([
      { atMs: 0, progress: 10 },
      { atMs: 10, progress: 20, perPercentMs: 1 },
    ]);
  });

  test('begins again when progress falls: a fall is never a negative speed (P4)', () => {
    const known = observed([0, { progress: 10 }], [10, { progress: 80 }], [20, { progress: 30 }]);
    expect(known).toMatchObject({ from: { atMs: 20, progress: 30 }, moved: { atMs: 20, progress: 30 } });
    expect(expectedRemainingMs(known, 30)).toBeNull();
  });

  test('begins again with a new attempt, even if progress has grown (P4)', () => {
    const known = observed([0, { progress: 10, startedAt: 'a' }], [10, { progress: 50, startedAt: 'b' }]);
    expect(known).toMatchObject({ runningSinceMs: 0, attempt: 'b', from: { atMs: 10, progress: 50 } });
    expect(observed([0, { progress: 10, startedAt: 'a' }], [10, { startedAt: 'b' }]).moved).toBeNull();
  });

  test('knows the step of progress after two rises', () => {
    const stepOf = (...progress: number[]) =>
      observed(...progress.map((value, index): [number, Partial<ProgressReading>] => [index, { progress: value }]))
        .step;
    expect([stepOf(0, 10), stepOf(0, 10, 20), stepOf(0, 30, 50), stepOf(0, 3, 7), stepOf(5, 40, 20)]).toEqual([
      null,
      10,
      10,
      1,
      null,
    ]);
  });

  test('forecasts by the speed of the last share, as far back as it looks ahead', () => {
    // 10 % a minute until 60 %, then 2 % a minute
    const fast = Array.from({ length: 7 }, (_, index): [number, Partial<ProgressReading>] => [
      index * MINUTE,
      { progress: index * 10 },
    ]);
    const slow = Array.from({ length: 15 }, (_, index): [number, Partial<ProgressReading>] => [
      (7 + index) * MINUTE,
      { progress: 62 + index * 2 },
    ]);
    const known = observed(...fast, ...slow);
    expect(known.moved).toMatchObject({ progress: 90 });
    const leftMs = (forecastOf(known)?.endAtMs ?? 0) - 21 * MINUTE;
    expect(leftMs).toBeGreaterThan(4 * MINUTE);
    expect(leftMs).toBeLessThan(5.5 * MINUTE);
  });

  test('stays small for any number of rises of progress', () => {
    const known = observed(
      ...Array.from({ length: 999 }, (_, index): [number, Partial<ProgressReading>] => [
        index,
        { progress: index / 10 },
      ]),
    );
    expect(known.marks.length).toBeLessThanOrEqual(8);
    expect(JSON.stringify(known).length).toBeLessThan(900);
  });

  test('forecasts by the mean speed, less the time since progress moved, never below a tenth of that', () => {
    const known = trend([0, 0], [100, 50]);
    expect([100, 150, 190, 1_100].map((nowMs) => expectedRemainingMs(known, nowMs))).toEqual([100, 50, 10, 100]);
  });
});

describe('the interval after trouble', () => {
  const trouble = { inRow: 1, edgeInRow: 0, edge: false, retryAfterMs: null };

  test('doubles from 1 s to 60 s', () => {
    const intervals = [1, 2, 3, 4, 5, 6, 7, 8, 5_000].map((inRow) => troubleIntervalMs({ ...trouble, inRow }, 0));
    expect(intervals).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * SECOND));
  });

  test('doubles from 10 s to 5 min for pages of a CDN', () => {
    const edge = (edgeInRow: number) => troubleIntervalMs({ ...trouble, edge: true, inRow: edgeInRow, edgeInRow }, 0);
    expect([1, 2, 3, 4, 5, 6, 7, 5_000].map(edge)).toEqual(
      [10, 20, 40, 80, 160, 300, 300, 300].map((seconds) => seconds * SECOND),
    );
  });

  test.each([
    ['obeyed', 30 * SECOND, 30 * SECOND],
    ['not below 1 s', 0, SECOND],
    ['not above 1 h', 9 * HOUR, HOUR],
    ['not below the backoff', SECOND, 32 * SECOND, 6],
  ])('that the service asks for is %s', (_, retryAfterMs, expected, inRow = 1) => {
    expect(troubleIntervalMs({ ...trouble, inRow, retryAfterMs }, 0)).toBe(expected);
  });

  test('that the service asks for is only made longer, and not above 1 h', () => {
    const asked = (retryAfterMs: number) => troubleIntervalMs({ ...trouble, retryAfterMs }, 0.999);
    expect(troubleIntervalMs({ ...trouble, retryAfterMs: 30 * SECOND }, 0.5)).toBe(33 * SECOND);
    expect(asked(30 * SECOND)).toBeGreaterThan(30 * SECOND);
    expect(asked(HOUR)).toBe(HOUR);
  });

  test('is never below 1 s by chance', () => {
    expect(troubleIntervalMs(trouble, 0.999)).toBe(SECOND);
    expect(troubleIntervalMs({ ...trouble, inRow: 2 }, 0.5)).toBe(1_800);
  });
});
