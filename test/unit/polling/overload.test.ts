import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  isFull,
  LEAST_UNDER_WAY,
  type Load,
  loadAfter,
  MOST_UNDER_WAY,
  NO_LOAD,
  saturationOf,
  type Second,
} from '../../../src/polling/overload.ts';
import { RUNS } from '../../support/core-builders.ts';

const GOOD: Second = { tookMs: 1_000, lagMs: 5, busy: 0.9, mostUnderWay: 1_000, latenessMs: 0, backlogMs: 0 };
const BAD: Second = { ...GOOD, lagMs: 51, mostUnderWay: 1_000 };
const LATE: Second = { ...GOOD, latenessMs: 1_001 };

const afterAll = (seconds: readonly Second[], from: Load = NO_LOAD): Load => seconds.reduce(loadAfter, from);
const times = (count: number, second: Second): Second[] => Array.from({ length: count }, () => second);

const anySecond: fc.Arbitrary<Second> = fc.record({
  tookMs: fc.integer({ min: 1_000, max: 9_000 }),
  lagMs: fc.nat(200),
  busy: fc.double({ min: 0, max: 1, noNaN: true }),
  mostUnderWay: fc.nat(2_000),
  latenessMs: fc.nat(3_000),
  backlogMs: fc.nat(3_000),
});

test('the limit grows by one in a good second in which it was reached, and halves in a bad one', () => {
  const { limit } = NO_LOAD;
  expect(afterAll(times(3, GOOD)).limit).toBe(limit + 3);
  expect(afterAll([...times(3, GOOD), BAD]).limit).toBe(Math.floor((limit + 3) / 2));
  expect(afterAll([{ ...GOOD, mostUnderWay: limit - 1 }]).limit).toBe(limit);
});

test('while workflow tasks wait for more than a second, polls rest in every other second', () => {
  const waiting = { ...GOOD, backlogMs: 1_001 };
  const rests = [1, 2, 3, 4].map((count) => afterAll(times(count, waiting)).isResting);
  expect(rests).toEqual([true, false, true, false]);
  expect(afterAll([waiting, GOOD]).isResting).toBe(false);
  expect(afterAll([{ ...GOOD, backlogMs: 1_000 }]).isResting).toBe(false);
});

test('a worker is full if its event loop is behind or busy, or if polls are late', () => {
  expect(isFull(afterAll([{ ...GOOD, busy: 0.7 }]))).toBe(false);
  for (const full of [{ busy: 0.71 }, { lagMs: 51 }, { latenessMs: 1_001 }])
    expect(isFull(afterAll([{ ...GOOD, busy: 0, ...full }]))).toBe(true);
});

test('while the event loop has time, the limit follows a service that answers slowly within seconds', () => {
  const idle = { ...GOOD, busy: 0.2 };
  expect(afterAll(times(9, idle)).limit).toBeGreaterThan(200);
  expect(afterAll(times(60, idle)).limit).toBe(MOST_UNDER_WAY);
});

test('after a bad second, the limit grows fast to half of what was under way, and then by one, unless the event loop is idle', () => {
  const half = { ...GOOD, busy: 0.6 };
  const wide = { ...NO_LOAD, limit: 80 };
  const bad = { ...BAD, mostUnderWay: 80 };
  const limits = (seconds: readonly Second[]): number[] =>
    seconds.map((_, index) => afterAll(seconds.slice(0, index + 1), wide).limit);
  expect(limits([bad, half, half])).toEqual([40, 41, 42]);
  // A longer lag lowers the limit further, but the first bad second says what is safe.
  expect(limits([bad, bad, { ...bad, mostUnderWay: 20 }, half, half, half, half, half, half, half])).toEqual([
    40, 20, 10, 13, 17, 22, 28, 35, 40, 41,
  ]);
  expect(limits([bad, { ...half, busy: 0.39 }])).toEqual([40, 50]);
});

test('a bad second halves what was under way, and not a limit that was never reached', () => {
  const wide = { ...NO_LOAD, limit: MOST_UNDER_WAY };
  expect(loadAfter(wide, { ...BAD, mostUnderWay: 100 }).limit).toBe(50);
});

test('polls that stay late for 30 s make an overload, which is over when none has been late for 30 s', () => {
  expect(afterAll(times(29, LATE)).isOverloaded).toBe(false);
  const overloaded = afterAll(times(30, LATE));
  expect(overloaded.isOverloaded).toBe(true);
  expect(afterAll(times(29, GOOD), overloaded).isOverloaded).toBe(true);
  expect(afterAll([...times(29, GOOD), LATE, ...times(29, GOOD)], overloaded).isOverloaded).toBe(true);
  expect(afterAll(times(30, GOOD), overloaded).isOverloaded).toBe(false);
  expect(afterAll([...times(29, LATE), GOOD, ...times(29, LATE)]).isOverloaded).toBe(false);
});

test('a second that took longer counts for as long as it took', () => {
  expect(afterAll(times(6, { ...LATE, tookMs: 5_000 })).isOverloaded).toBe(true);
});

test('the saturation is how busy the event loop is; it rises to 1 while polls stay late', () => {
  expect(saturationOf(afterAll([{ ...GOOD, busy: 0.3 }]))).toBe(0.3);
  expect(saturationOf(afterAll(times(15, { ...LATE, busy: 0.3 })))).toBe(0.5);
  expect(saturationOf(afterAll(times(15, { ...LATE, busy: 0.8 })))).toBe(0.8);
  const overloaded = afterAll(times(30, LATE));
  expect(saturationOf(overloaded)).toBe(1);
  expect(saturationOf(afterAll(times(29, { ...GOOD, busy: 0.1 }), overloaded))).toBe(1);
  expect(saturationOf(afterAll(times(30, { ...GOOD, busy: 0.1 }), overloaded))).toBe(0.1);
});

test('after any seconds the limit is within its bounds, and the saturation between 0 and 1', () => {
  fc.assert(
    fc.property(fc.array(anySecond, { maxLength: 100 }), (seconds) => {
      const load = afterAll(seconds);
      expect(load.limit).toBeGreaterThanOrEqual(LEAST_UNDER_WAY);
      expect(load.limit).toBeLessThanOrEqual(MOST_UNDER_WAY);
      expect(Number.isInteger(load.limit)).toBe(true);
      expect(saturationOf(load)).toBeGreaterThanOrEqual(0);
      expect(saturationOf(load)).toBeLessThanOrEqual(1);
      expect(load.lateForMs === 0 || load.onTimeForMs === 0).toBe(true);
    }),
    { numRuns: RUNS },
  );
});
