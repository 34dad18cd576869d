import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { nextIntervalMs, troubleIntervalMs } from '../../../src/polling/interval.ts';
import { evaluate } from '../../../src/polling/evaluate.ts';
import {
  anyDelayMs,
  anyDurations,
  anyLiveSnapshot,
  anyMemory,
  anyTrend,
  anyPolicy,
  anyPollResult,
} from '../../support/core-arbitraries.ts';
import { HOUR, MINUTE, RUNS, SECOND, T0 } from '../../support/core-builders.ts';
import { requestOf } from '../../support/core-polls.ts';

vi.setConfig({ testTimeout: 120_000 }); // each property runs a thousand times, and the machine may be busy

const runs = { numRuns: RUNS };
const anyChance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const anyNowMs = anyDelayMs.map((delayMs) => T0 + delayMs);
const usual = fc.constantFrom(null, MINUTE);
const anyCancel = fc.option(fc.record({ requestedAtMs: anyNowMs, acceptedAtMs: anyNowMs }), { nil: null });
const someDurations = fc.sample(anyDurations, { numRuns: 200, seed: 1 });
const anyLearnt = fc.constantFrom(undefined, ...someDurations);
const anyFacts = fc.record({
  trend: anyTrend,
  usualMs: usual,
  sinceMs: fc.constant(T0),
  cancel: anyCancel,
  durations: anyLearnt,
  phaseOffset: fc.option(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { nil: undefined }),
});

/** @returns every number in a value, at any depth */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

describe('any poll', () => {
  test('I7: of an adaptive policy comes within its bounds, after whole milliseconds', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, anyNowMs, anyChance, (policy, facts, nowMs, chance) => {
        const intervalMs = nextIntervalMs({ ...policy, mode: 'adaptive' }, facts, { nowMs, chance });
        expect(intervalMs).toBeGreaterThanOrEqual(policy.minIntervalMs);
        expect(intervalMs).toBeLessThanOrEqual(policy.maxIntervalMs);
        expect(Number.isInteger(intervalMs)).toBe(true);
      }),
      runs,
    );
  });

  test('I7: of a fixed policy comes after its interval, and at most a tenth sooner, after whole milliseconds', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, anyNowMs, anyChance, (policy, facts, nowMs, chance) => {
        const { intervalMs } = policy;
        const nextMs = nextIntervalMs({ ...policy, mode: 'fixed' }, { ...facts, cancel: null }, { nowMs, chance });
        expect(nextMs).toBeGreaterThanOrEqual(Math.ceil(intervalMs * 0.9));
        expect(nextMs).toBeLessThanOrEqual(intervalMs);
        expect(Number.isInteger(nextMs)).toBe(true);
      }),
      runs,
    );
  });

  test('I7: after a good answer comes within the interval that the policy of the job promises', () => {
    const live = anyPollResult(anyLiveSnapshot.filter(({ state, torn }) => state !== 'moderated' && !torn));
    fc.assert(
      fc.property(anyPolicy, anyMemory, live, anyNowMs, anyLearnt, (policy, memory, reading, nowMs, durations) => {
        fc.pre(reading.type === 'snapshot');
        fc.pre(memory.createdAt === null || reading.snapshot.createdAt === null);
        const time = { nowMs, chance: 0, reportEveryMs: 5_000, durations };
        const { intervalMs, memory: after } = evaluate({ request: requestOf({ policy }), memory, time }, reading);
        const promisedMs = policy.mode === 'fixed' ? policy.intervalMs : policy.maxIntervalMs;
        expect(intervalMs).toBeLessThanOrEqual(promisedMs);
        expect(after.nextPollAtMs).toBeLessThanOrEqual(nowMs + promisedMs);
      }),
      runs,
    );
  });

  test('comes by chance at most a tenth sooner, and never later', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, anyNowMs, anyChance, (policy, facts, nowMs, chance) => {
        const [sure, drawn] = [0, chance].map((drawing) => nextIntervalMs(policy, facts, { nowMs, chance: drawing }));
        expect(drawn).toBeLessThanOrEqual(sure ?? 0);
        expect(drawn).toBeGreaterThanOrEqual(Math.floor((sure ?? 0) * 0.9));
      }),
      runs,
    );
  });

  test('after trouble comes after 1 s to 1 h, and never before the time that the service asks for', () => {
    const rows = {
      inRow: fc.integer({ min: 1, max: 1e6 }),
      edgeInRow: fc.integer({ min: 1, max: 1e6 }),
      edge: fc.boolean(),
    };
    const asked = fc.option(fc.integer({ min: -HOUR, max: 99 * HOUR }), { nil: null });
    fc.assert(
      fc.property(fc.record({ ...rows, retryAfterMs: asked }), anyChance, (facts, chance) => {
        const intervalMs = troubleIntervalMs(facts, chance);
        expect(intervalMs).toBeGreaterThanOrEqual(Math.max(SECOND, Math.min(facts.retryAfterMs ?? 0, HOUR)));
        expect(intervalMs).toBeLessThanOrEqual(HOUR);
        expect(Number.isInteger(intervalMs)).toBe(true);
      }),
      runs,
    );
  });

  test('comes to JSON without NaN or a negative time, is counted once, and changes nothing in place (S3, S4)', () => {
    const anyTime = fc.record({
      nowMs: anyNowMs,
      chance: anyChance,
      reportEveryMs: fc.constant(5_000),
      durations: anyLearnt,
    });
    const request = fc.record({
      policy: anyPolicy,
      usualMs: usual,
      cancel: anyCancel,
      report: fc.constantFrom('changes', 'answer'),
    });
    fc.assert(
      fc.property(request, anyMemory, anyPollResult(), anyTime, (over, memory, reading, time) => {
        const kept = JSON.stringify([memory, reading]);
        const { nowMs } = time;
        const weighed = evaluate({ request: requestOf(over), memory, time }, reading);
        const { answer, memory: after, intervalMs } = weighed;
        expect(numbersIn(weighed).filter((number) => !Number.isFinite(number) || number < 0)).toEqual([]);
        expect(JSON.parse(JSON.stringify(weighed))).toEqual(weighed);
        expect([after.polls, after.lastPollAtMs, after.nextPollAtMs]).toEqual([
          memory.polls + 1,
          nowMs,
          nowMs + intervalMs,
        ]);
        expect(JSON.stringify([memory, reading])).toBe(kept);
        if (answer !== null) expect([answer.memory, answer.intervalMs]).toEqual([after, intervalMs]);
      }),
      runs,
    );
  });

  test('always remembers that the job was seen', () => {
    fc.assert(
      fc.property(anyMemory, anyPollResult(), anyNowMs, (memory, reading, nowMs) => {
        const { memory: after } = evaluate(
          { request: requestOf(), memory, time: { nowMs, chance: 0, reportEveryMs: 5_000 } },
          reading,
        );
        if (memory.seen) expect(after.seen).toBe(true);
        if (memory.createdAt !== null) expect(after.createdAt).toBe(memory.createdAt);
      }),
      runs,
    );
  });
});
