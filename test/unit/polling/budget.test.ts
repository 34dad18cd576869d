import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cancelRatePerS,
  countsUntilMs,
  fairIntervalMs,
  pollsPerWindow,
  statusRatePerS,
} from '../../../src/polling/budget.ts';
import { RUNS, T0 } from '../../support/core-builders.ts';

const anyBudget = fc.integer({ min: 5, max: 1_000_000 });
/** The requests that the server allows at once, above the rate (measured). */
const BURST = 4;

describe('I8: a budget', () => {
  test.each([
    [60, 47.6, 4.4],
    [240, 200.6, 31.4],
    [500, 421.6, 70.4],
  ])('of %i requests per minute is %f polls and %f cancels per minute', (budget, polls, cancels) => {
    expect(statusRatePerS(budget) * 60).toBeCloseTo(polls);
    expect(cancelRatePerS(budget) * 60).toBeCloseTo(cancels);
  });

  test('is never exceeded by polls in any minute, including the burst', () => {
    const holds = fc.property(anyBudget, (budget) => statusRatePerS(budget) * 60 + BURST <= budget);
    fc.assert(holds, { numRuns: RUNS });
  });

  test('is not exceeded by polls and cancels together, both with their bursts, from 47 requests per minute', () => {
    const anyLargeBudget = fc.integer({ min: 47, max: 1_000_000 });
    const holds = fc.property(anyLargeBudget, (budget) => {
      const perMinute = (statusRatePerS(budget) + cancelRatePerS(budget)) * 60;
      return perMinute + 2 * BURST <= budget + 1e-6;
    });
    fc.assert(holds, { numRuns: RUNS });
  });

  test('always leaves room for a cancel (I4), and for polls', () => {
    const holds = fc.property(anyBudget, (budget) => {
      const own = pollsPerWindow(budget);
      return cancelRatePerS(budget) > 0 && statusRatePerS(budget) > 0 && own >= 1 && own < budget;
    });
    fc.assert(holds, { numRuns: RUNS });
  });
});

describe('the fair interval', () => {
  test('of 30 jobs on 60 requests per minute is 37.8 s, and up to a tenth more by chance', () => {
    const rate = statusRatePerS(60);
    expect(fairIntervalMs(30, rate, 0)).toBe(37_816);
    expect(fairIntervalMs(30, rate, 0.999)).toBeLessThan(37_816 * 1.1 + 1);
  });

  test('is so long that all jobs together never exceed the rate', () => {
    const property = fc.property(
      anyBudget,
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (budget, jobs, chance) => {
        const rate = statusRatePerS(budget);
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
