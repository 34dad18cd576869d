import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Durations,
  type EndedRun,
  endedRunOf,
  hazardAt,
  isEnough,
  learn,
  NO_DURATIONS,
  trustInForecast,
} from '../../../src/polling/durations.ts';
import { emptyMemory } from '../../../src/polling/memory.ts';
import { completed, HOUR, MINUTE, SECOND, snapshotOf, T0 } from '../../support/core-builders.ts';

const durations = (count: number, run: (index: number) => Partial<EndedRun>): Durations =>
  Array.from({ length: count }, (_, index) => ({ ranMs: 30 * MINUTE, forecastHit: null, ...run(index) })).reduce(
    learn,
    NO_DURATIONS,
  );

describe('learnt durations', () => {
  test('are used after 100 ends', () => {
    expect([99, 100].map((count) => isEnough(durations(count, () => ({}))))).toEqual([false, true]);
  });

  test('make an end likely at ages with many ends, and unlikely before', () => {
    const known = durations(200, (index) => ({ ranMs: (25 + (index % 10)) * MINUTE }));
    const at = (ageMs: number): number => hazardAt(known, ageMs);
    expect(at(30 * MINUTE)).toBeGreaterThan(20 * at(10 * MINUTE));
    expect(at(10 * MINUTE)).toBeGreaterThan(0);
    expect(at(HOUR)).toBeGreaterThan(0);
  });

  test('fade: if a service becomes faster, this is learnt', () => {
    const slow = durations(900, () => ({ ranMs: HOUR }));
    const now = Array.from({ length: 2_000 }, (): EndedRun => ({ ranMs: MINUTE, forecastHit: null })).reduce(
      learn,
      slow,
    );
    expect(now.total).toBeLessThan(1_000);
    expect(hazardAt(now, MINUTE)).toBeGreaterThan(10 * hazardAt(slow, MINUTE));
  });

  test('stay the same size, and finite, for any values', () => {
    const run = fc.record({
      ranMs: fc.integer({ min: 0, max: 9_000 * HOUR }),
      forecastHit: fc.constantFrom(true, false, null),
    });
    fc.assert(
      fc.property(fc.array(run, { maxLength: 50 }), fc.nat(9_000 * HOUR), (runs, ageMs) => {
        const known = runs.reduce(learn, NO_DURATIONS);
        expect(JSON.stringify(known).length).toBeLessThan(8_000);
        expect(known.counts).toHaveLength(NO_DURATIONS.counts.length);
        const hazard = hazardAt(known, ageMs);
        expect(Number.isFinite(hazard) && hazard >= 0).toBe(true);
      }),
    );
  });

  test('trust progress at first, and less if jobs do not end as it forecasts', () => {
    expect(trustInForecast(NO_DURATIONS)).toBeCloseTo(0.8);
    expect(trustInForecast(durations(500, () => ({ forecastHit: true })))).toBeCloseTo(0.98);
    expect(trustInForecast(durations(500, () => ({ forecastHit: false })))).toBeLessThan(0.03);
  });
});

describe('what an answer teaches', () => {
  const running = { ...emptyMemory(T0), seen: true, lastPollAtMs: T0 + 10 * MINUTE };
  const seen = { ...running, trend: { ...running.trend, runningSinceMs: T0 + MINUTE } };
  const end = snapshotOf(completed);

  test('is the time from the first running snapshot to the middle of the two polls between which the job ended', () => {
    expect(endedRunOf(seen, end, T0 + 11 * MINUTE)).toEqual({ ranMs: 9.5 * MINUTE, forecastHit: null });
  });

  test('is a short run if no poll saw the job running', () => {
    expect(endedRunOf(running, end, T0 + 10 * MINUTE + 4 * SECOND)).toEqual({ ranMs: 2 * SECOND, forecastHit: null });
  });

  test('is nothing for a job that goes on, was cancelled, or had ended before the first poll', () => {
    expect(endedRunOf(seen, snapshotOf(), T0 + HOUR)).toBeNull();
    expect(endedRunOf(seen, snapshotOf({ state: 'cancelled' }), T0 + HOUR)).toBeNull();
    expect(endedRunOf(emptyMemory(T0), end, T0 + HOUR)).toBeNull();
  });

  test.each([
    [10 * MINUTE, true],
    [40 * MINUTE, false],
  ])('says whether the job ended as its progress forecast: after %i ms %s', (endedMs, forecastHit) => {
    const half = { atMs: T0 + 5 * MINUTE, progress: 50 };
    const trend = { ...seen.trend, from: { atMs: T0, progress: 0 }, moved: half };
    const before = { ...seen, trend, lastPollAtMs: T0 + endedMs - SECOND };
    expect(endedRunOf(before, end, T0 + endedMs)).toMatchObject({ forecastHit });
  });
});
