import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countsUntilMs, fairIntervalMs, pollRatePerS, pollsPerWindow } from '../../../src/polling/budget.ts';
import { RUNS, T0 } from '../../support/core-builders.ts';

const anyBudget = fc.integer({ min: 5, max: 1_000_000 });

describe('I8: a budget', () => {
  test.each([
    [60, 47.6, 57],
    [240, 200.6, 228],
    [500, 421.6, 475],
  ])(
    'of %i requests per minute: intervals aim at %f polls per minute, and never more than %i are sent',
    (budget, polls, most) => {
      expect(pollRatePerS(budget) * 60).toBeCloseTo(polls);
      expect(pollsPerWindow(budget)).toBe(most);
    },
  );

  test('always leaves room for a cancel (I4), and for polls', () => {
    const holds = fc.property(anyBudget, (budget) => {
      const most = pollsPerWindow(budget);
      return pollRatePerS(budget) > 0 && most >= 1 && most < budget && pollRatePerS(budget) * 60 <= most;
    });
    fc.assert(holds, { numRuns: RUNS });
  });
});

describe('the fair interval', () => {
  test('of 30 jobs on 60 requests per minute is 37.8 s, and up to a tenth more by chance', () => {
    const rate = pollRatePerS(60);
    expect(fairIntervalMs(30, rate, 0)).toBe(37_816);
    expect(fairIntervalMs(30, rate, 0.999)).toBeLessThan(37_816 * 1.1 + 1);
  });

  test('is so long that all jobs together never exceed the rate', () => {
    const property = fc.property(
      anyBudget,
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (budget, jobs, chance) => {
        const rate = pollRatePerS(budget);
        const intervalMs = fairIntervalMs(jobs, rate, chance);
        expect((jobs / intervalMs) * 1_000).toBeLessThanOrEqual(rate + 1e-9);
      },
    );
    fc.assert(property, { numRuns: RUNS });
  });

  test('counts a job for 60 s or 3 intervals after its next poll: then another worker may have it', () => {
    expect(countsUntilMs(T0, 2_000)).toBe(T0 + 62_000);
    expect(countsUntilMs(T0, 40_000)).toBe(T0 + 160_000);
  });
});
