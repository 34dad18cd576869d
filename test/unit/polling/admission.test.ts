import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FAILURES } from '../../../src/polling/failure.ts';
import type { FailureKind } from '../../../src/contract/failure.ts';
import {
  type Admission,
  type AdmissionRequest,
  type AdmissionState,
  admit,
  callEnded,
  INITIAL_ADMISSION,
  quotaUsedUp,
} from '../../../src/polling/admission.ts';
import { type CallEnd, outageWaitMs, PROBE_MS } from '../../../src/polling/circuit-breaker.ts';
import { BUDGET_WINDOW_MS, pollsPerWindow } from '../../../src/polling/budget.ts';
import type { Share } from '../../../src/polling/share.ts';
import { MINUTE, RUNS, SECOND, T0 } from '../../support/core-builders.ts';

function askOf(afterMs: number, over: Partial<AdmissionRequest> = {}): AdmissionRequest {
  const calm = {
    purpose: 'poll',
    share: null,
    jobs: 100,
    stuckJobs: 0,
    phaseOffset: 0.5,
    chance: 0,
    holdMs: 10_000,
  } as const;
  return { ...calm, nowMs: T0 + afterMs, ...over };
}

function asked(state: AdmissionState, afterMs: number, over: Partial<AdmissionRequest> = {}): Admission {
  return admit(state, askOf(afterMs, over)).admission;
}

function ended(
  state: AdmissionState,
  afterMs: number,
  kind: FailureKind | null,
  over: Partial<CallEnd> & { retryAfterMs?: number } = {},
): AdmissionState {
  const { retryAfterMs = null, ...rest } = over;
  const failure = kind === null ? null : { kind, message: `HTTP: ${kind}`, retryAfterMs };
  return callEnded(state, {
    nowMs: T0 + afterMs,
    begunAtMs: T0 + afterMs - 100,
    job: 'a',
    jobs: 100,
    failure,
    ...rest,
  });
}

/** Five calls of three jobs that failed within about 5 s. */
const FAILURES_AT: readonly [number, string][] = [
  [100, 'a'],
  [2_000, 'b'],
  [3_500, 'c'],
  [4_500, 'a'],
  [5_200, 'b'],
];
const down = FAILURES_AT.reduce(
  (state, [afterMs, job]) => ended(state, afterMs, 'unavailable', { job }),
  INITIAL_ADMISSION,
);

describe('a pause that the service asks for', () => {
  const limited = ended(INITIAL_ADMISSION, 0, 'rate-limited', { retryAfterMs: 30_000 });

  test('defers every job of the credential, polls and cancels, until it is over (H8)', () => {
    const deferral = { admitted: false, kind: 'rate-limited', waitMs: 20_000 };
    expect(asked(limited, 10_000)).toMatchObject(deferral);
    expect(asked(limited, 10_000, { purpose: 'cancel' })).toMatchObject(deferral);
    expect(asked(limited, 29_999)).toMatchObject({ admitted: false });
    expect(asked(limited, 30_000)).toEqual({ admitted: true });
  });

  test('shows until when, and why', () => {
    expect(asked(limited, 0)).toMatchObject({
      reason: 'not called, as the account is to wait until 2026-01-01T00:00:30.000Z: HTTP: rate-limited',
    });
  });

  test('also follows a 503 with Retry-After, but not one without', () => {
    expect(asked(ended(INITIAL_ADMISSION, 0, 'unavailable', { retryAfterMs: 5_000 }), 0)).toMatchObject({
      kind: 'unavailable',
    });
    expect(asked(ended(INITIAL_ADMISSION, 0, 'unavailable'), 0)).toEqual({ admitted: true });
  });

  test('counts also if the call began before the last answer', () => {
    const late = { begunAtMs: T0 + 500, retryAfterMs: 5_000 };
    const state = ended(ended(INITIAL_ADMISSION, 1_000, null), 2_000, 'unavailable', late);
    expect(asked(state, 2_000)).toMatchObject({ admitted: false, kind: 'unavailable', waitMs: 5_000 });
  });

  test('without Retry-After is 1 s for a 429, doubling to 60 s while they go on, and 1 s again after a good answer', () => {
    let state = INITIAL_ADMISSION;
    const waits = [1, 2, 4, 8, 16, 32, 60, 60].map((seconds, index) => {
      const afterMs = index * 100 * SECOND;
      state = ended(state, afterMs, 'rate-limited');
      const deferral = asked(state, afterMs);
      return [seconds * SECOND, deferral.admitted ? 0 : deferral.waitMs];
    });
    for (const [wantedMs, waitMs] of waits) expect(waitMs).toBe(wantedMs);
    const calm = ended(ended(state, 900 * SECOND, null), 901 * SECOND, 'rate-limited');
    expect(asked(calm, 901 * SECOND)).toMatchObject({ waitMs: 1_000 });
  });

  test('is not shortened by a later, shorter one', () => {
    const twice = ended(limited, 1_000, 'rate-limited', { retryAfterMs: 1_000 });
    expect(asked(twice, 2_000)).toMatchObject({ waitMs: 28_000 });
  });

  test('by the rate headers of a good answer is no trouble (H8)', () => {
    const state = quotaUsedUp(INITIAL_ADMISSION, 30_000, T0);
    expect(asked(state, 0)).toMatchObject({ admitted: false, kind: null, waitMs: 30_000 });
    expect(asked(state, 30_000)).toEqual({ admitted: true });
  });

  test('ends at random times: 200 jobs come back over 10 s, not at once', () => {
    expect(asked(limited, 20_000, { jobs: 200, chance: 0.999 })).toMatchObject({ waitMs: 19_990 });
  });
});

describe('an outage', () => {
  test('begins after five failed calls of three jobs in a row, over 5 s', () => {
    expect(down.breaker).toMatchObject({ state: 'open', sinceMs: T0, message: 'HTTP: unavailable' });
  });

  const manyFrom = (jobs: number, everyMs: number): AdmissionState =>
    Array.from({ length: 50 }).reduce<AdmissionState>(
      (state, _, n) => ended(state, everyMs * n, 'unavailable', { job: `${n % jobs}` }),
      INITIAL_ADMISSION,
    );

  test.each<[string, AdmissionState]>([
    [
      'four calls',
      ['a', 'b', 'c', 'a'].reduce(
        (state, job, n) => ended(state, 3_000 * n, 'unavailable', { job }),
        INITIAL_ADMISSION,
      ),
    ],
    ['many calls of two jobs', manyFrom(2, 1_000)],
    ['many calls of 50 jobs, all within 5 s', manyFrom(50, 90)],
    [
      'any number, with answers between',
      Array.from({ length: 50 }).reduce<AdmissionState>(
        (state, _, n) => ended(state, 200 * n, n % 4 === 0 ? null : 'unavailable', { job: `${n}` }),
        INITIAL_ADMISSION,
      ),
    ],
  ])('does not begin after %s', (_, state) => {
    expect(state.breaker.state).toBe('closed');
    expect(asked(state, MINUTE)).toEqual({ admitted: true });
  });

  test.each<FailureKind>(['unauthorized', 'not-found', 'rejected', 'malformed', 'rate-limited'])(
    'does not begin while the service answers, even with only "%s"',
    (kind) => {
      const state = Array.from({ length: 50 }).reduce<AdmissionState>(
        (before, _, n) => ended(before, 100 * n, kind, { job: `${n}` }),
        INITIAL_ADMISSION,
      );
      expect(state.breaker.state).toBe('closed');
    },
  );

  test('also begins if three jobs have had no answer for 8 s', () => {
    const { state, admission } = admit(INITIAL_ADMISSION, askOf(10_000, { stuckJobs: 3 }));
    expect(admission).toMatchObject({ admitted: false, kind: 'unavailable' });
    expect(state.breaker).toMatchObject({ state: 'open', sinceMs: T0 + 2_000 });
  });

  test('lets one poll in 5 s through, of any job; the other jobs show since when they are not polled', () => {
    const since = `${new Date(T0).toISOString()}: HTTP: unavailable`;
    expect(asked(down, 6_000)).toMatchObject({ kind: 'unavailable', reason: expect.stringContaining(since) });
    const probed = admit(down, askOf(5_200 + PROBE_MS));
    expect(probed.admission).toEqual({ admitted: true });
    expect(asked(probed.state, 5_200 + PROBE_MS)).toMatchObject({ admitted: false });
    expect(asked(probed.state, 5_200 + 2 * PROBE_MS)).toEqual({ admitted: true });
  });

  test('defers no cancel (I4)', () => {
    expect(asked(down, 6_000, { purpose: 'cancel' })).toEqual({ admitted: true });
  });

  test('makes a job ask again within 5 to 10 s if the worker may hold, and otherwise within 15 to 30 s', () => {
    expect([outageWaitMs(10_000, 0), outageWaitMs(10_000, 0.999)]).toEqual([5_000, 9_995]);
    expect([outageWaitMs(0, 0), outageWaitMs(0, 0.999)]).toEqual([15_000, 29_985]);
    expect(outageWaitMs(55_000, 0.999)).toBe(9_995); // also if it may hold longer
  });

  test('is over with the first answer; then the jobs are polled one after the other, 50 ms apart, over at most 30 s', () => {
    const back = ended(down, 10_000, null, { jobs: 200 });
    expect(back.breaker).toEqual({ state: 'recovering', sinceMs: T0 + 10_000, spreadMs: 10_000 });
    expect(asked(back, 10_000, { phaseOffset: 0 })).toEqual({ admitted: true });
    expect(asked(back, 10_000, { phaseOffset: 0.5 })).toMatchObject({ admitted: false, waitMs: 5_000 });
    expect(asked(back, 15_000, { phaseOffset: 0.5 })).toEqual({ admitted: true });
    expect(admit(back, askOf(20_000, { phaseOffset: 0.999 })).state.breaker.state).toBe('closed');
    expect(ended(down, 10_000, null, { jobs: 100_000 }).breaker).toMatchObject({ spreadMs: 30_000 });
  });

  test('does not begin again by calls that began before the service came back', () => {
    const late = { begunAtMs: T0 + 9_000 };
    const back = ended(down, 10_000, null);
    const state = ['a', 'b', 'c', 'd', 'e', 'f'].reduce(
      (before, job) => ended(before, 15_000, 'unavailable', { job, ...late }),
      back,
    );
    expect(state.breaker.state).toBe('recovering');
  });
});

/** The share of a worker that is alone. */
const shareOf = (budget: number): Share => ({ requests: budget, polls: pollsPerWindow(budget) });

describe('I8: the budget of one worker', () => {
  function sendUntilHeld(
    budget: number,
    purpose: AdmissionRequest['purpose'],
  ): { sent: number; state: AdmissionState; waitMs: number } {
    let state = INITIAL_ADMISSION;
    for (let sent = 0; ; sent++) {
      const next = admit(state, askOf(sent, { share: shareOf(budget), purpose }));
      if (!next.admission.admitted) return { sent, state, waitMs: next.admission.waitMs };
      state = next.state;
    }
  }

  test.each([
    [60, 57, 60],
    [240, 228, 240],
    [5, 4, 5],
  ])('of %i per minute admits %i polls at once, but %i cancels', (budget, polls, cancels) => {
    expect(sendUntilHeld(budget, 'poll').sent).toBe(polls);
    expect(sendUntilHeld(budget, 'cancel').sent).toBe(cancels);
  });

  test('admits the next one a minute and a second after the first, and this wait is no trouble', () => {
    const { state, sent, waitMs } = sendUntilHeld(60, 'poll');
    expect(waitMs).toBe(BUDGET_WINDOW_MS - sent);
    expect(asked(state, sent, { share: shareOf(60) })).toMatchObject({ kind: null });
    expect(asked(state, BUDGET_WINDOW_MS, { share: shareOf(60) })).toEqual({ admitted: true });
  });
});

describe('I8: jobs that wait for the budget', () => {
  function deferred(state: AdmissionState, afterMs: number, over: Partial<AdmissionRequest> = {}) {
    const { state: next, admission } = admit(state, askOf(afterMs, { share: shareOf(60), ...over }));
    if (admission.admitted) throw new Error('admitted');
    return { state: next, waitMs: admission.waitMs };
  }
  const full = Array.from({ length: 57 }).reduce<AdmissionState>(
    (state) => admit(state, askOf(0, { share: shareOf(60) })).state,
    INITIAL_ADMISSION,
  );

  test('come back one after the other, at the rate of this worker', () => {
    const first = deferred(full, 0);
    const second = deferred(first.state, 0);
    const third = deferred(second.state, 0);
    const eachMs = BUDGET_WINDOW_MS / 57;
    expect(first.waitMs).toBe(BUDGET_WINDOW_MS);
    expect([second.waitMs, third.waitMs].map((ms) => Math.round((ms - first.waitMs) / eachMs))).toEqual([1, 2]);
  });

  test('wait no longer than all jobs of the account need', () => {
    const { state } = deferred(full, 0);
    expect(deferred(state, 0, { jobs: 1 }).waitMs).toBe(BUDGET_WINDOW_MS);
  });

  test('do not make a cancel wait behind them (I4)', () => {
    const { state } = deferred(deferred(full, 0).state, 0);
    const spent = ['a', 'b', 'c'].reduce(
      (before) => admit(before, askOf(1, { share: shareOf(60), purpose: 'cancel' })).state,
      state,
    );
    expect(deferred(spent, 1, { purpose: 'cancel' }).waitMs).toBe(BUDGET_WINDOW_MS - 1);
  });

  test('are left to other workers, if this one has no share: it is asked again after 2 to 4 s', () => {
    const none = { share: { requests: 0, polls: 0 } };
    expect(deferred(INITIAL_ADMISSION, 0, none).waitMs).toBe(2_000);
    expect(deferred(INITIAL_ADMISSION, 0, { ...none, chance: 0.999, purpose: 'cancel' }).waitMs).toBeLessThanOrEqual(
      4_000,
    );
    expect(deferred(INITIAL_ADMISSION, 0, none).state).toEqual(INITIAL_ADMISSION);
  });
});

const anyStep = fc.record({
  passMs: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 2 * MINUTE })),
  kind: fc.option(fc.constantFrom(...(Object.keys(FAILURES) as FailureKind[])), { nil: null }),
  retryAfterMs: fc.option(fc.integer({ min: 1_000, max: 3_600_000 }), { nil: null }),
  purpose: fc.constantFrom('poll' as const, 'poll' as const, 'poll' as const, 'cancel' as const),
  job: fc.constantFrom('a', 'b', 'c', 'd'),
  chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
  phaseOffset: fc.double({ min: 0, max: 0.999, noNaN: true }),
});

test('at any events: no minute above the budget (I8), no call within a pause, no two probes within 5 s, and every wait is bounded', () => {
  const property = fc.property(
    fc.array(anyStep, { maxLength: 200 }),
    fc.integer({ min: 5, max: 30 }),
    (steps, budget) => {
      let state = INITIAL_ADMISSION;
      let nowMs = T0;
      const sent: number[] = [];
      let probedAtMs = Number.NEGATIVE_INFINITY;
      for (const { passMs, kind, retryAfterMs, job, ...over } of steps) {
        nowMs += passMs;
        const before = state;
        const { state: next, admission } = admit(before, askOf(nowMs - T0, { share: shareOf(budget), ...over }));
        state = next;
        if (!admission.admitted) {
          expect(admission.waitMs).toBeGreaterThan(0);
          expect(admission.waitMs).toBeLessThanOrEqual(3_600_000 + 30_000);
          continue;
        }
        expect(before.pause?.untilMs ?? 0).toBeLessThanOrEqual(nowMs);
        if (before.breaker.state === 'open' && over.purpose === 'poll') {
          expect(nowMs - probedAtMs).toBeGreaterThan(5_000);
          probedAtMs = nowMs;
        }
        sent.push(nowMs);
        expect(sent.filter((atMs) => atMs > nowMs - MINUTE).length).toBeLessThanOrEqual(budget);
        const failure = kind && {
          kind,
          message: '',
          retryAfterMs: kind === 'rate-limited' || kind === 'unavailable' ? retryAfterMs : null,
        };
        state = callEnded(state, { nowMs, begunAtMs: nowMs, job, jobs: 4, failure });
      }
    },
  );
  fc.assert(property, { numRuns: RUNS });
});
