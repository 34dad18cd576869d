import { expect, test } from 'vitest';
import { limitsOf, pollingOf } from '../../../src/client-library/options.ts';

test('a time is a number of ms, or a text with its unit', () => {
  expect(limitsOf({ totalMs: 7_200_000, queuedMs: '2h', runningMs: null })).toEqual({
    totalMs: 7_200_000,
    queuedMs: 7_200_000,
    runningMs: null,
  });
});

test('a bare number as text is refused, for people mean seconds by it and programs ms', () => {
  const problem = 'must be a duration such as "90s" or "2h", or a number of ms';
  expect(() => limitsOf({ totalMs: '7200' })).toThrow(`limits.totalMs ${problem}`);
  expect(() => pollingOf({ intervalMs: '5' })).toThrow(`polling.intervalMs ${problem}`);
});
