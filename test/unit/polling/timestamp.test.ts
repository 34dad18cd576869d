import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSameTimestamp } from '../../../src/polling/timestamp.ts';
import { isoTime } from '../../../src/contract/json.ts';
import { HOUR, T0 } from '../../support/core-builders.ts';

const day = '2026-03-01T10:00:0';

test.each([
  ['0.448Z', '0.000Z', 'cut to the second'],
  ['0.948Z', '1.000Z', 'rounded to the second'],
  ['0.448Z', '0.400Z', 'cut to a tenth'],
  ['0.448Z', '0.450Z', 'rounded to a hundredth'],
  ['0.448Z', '0.449Z', 'microseconds cut and rounded'],
])('%s and %s are the same time: %s', (one, other) => {
  expect([isSameTimestamp(day + one, day + other), isSameTimestamp(day + other, day + one)]).toEqual([true, true]);
});

test.each([
  ['0.000Z', '1.000Z'],
  ['0.448Z', '2.000Z'],
  ['0.448Z', '0.451Z'],
  ['0.448Z', '0.600Z'],
])('%s and %s are two times', (one, other) => {
  expect([isSameTimestamp(day + one, day + other), isSameTimestamp(day + other, day + one)]).toEqual([false, false]);
});

test('times that differ by a second or more are two, with any precision', () => {
  fc.assert(
    fc.property(fc.nat(HOUR), fc.integer({ min: 1_000, max: HOUR }), (atMs, apartMs) => {
      const [one, other] = [T0 + atMs, T0 + atMs + apartMs].map(isoTime);
      expect(isSameTimestamp(one ?? '', other ?? '')).toBe(false);
    }),
  );
});
