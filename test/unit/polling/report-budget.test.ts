import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Snapshot } from '../../../src/contract/job.ts';
import type { PollResult } from '../../../src/polling/evaluate.ts';
import { BURST } from '../../../src/polling/report-budget.ts';
import { anyFailure, anyLiveSnapshot } from '../../support/core-arbitraries.ts';
import { at, completed, HOUR, MINUTE, planOf, SECOND, T0, outcomeIn } from '../../support/core-builders.ts';
import { broke, type Look, poll, saw, wordsOf } from '../../support/core-polls.ts';
import { World } from '../../support/core-world.ts';

vi.setConfig({ testTimeout: 120_000 }); // the tests simulate many hours of polls, and the machine may be busy

const everySecond = planOf({
  polling: { mode: 'fixed', intervalMs: SECOND, minIntervalMs: SECOND, maxIntervalMs: SECOND },
  limits: { totalMs: null, stalledMs: null },
});

/** @returns the number of reports to the workflow in each hour, while a service repeats these answers */
function reportsPerHour(readings: readonly PollResult[], hours: number): number[] {
  const world = new World(everySecond);
  const reported = Array.from({ length: hours }, () => 0);
  for (let index = 0; world.nowMs < T0 + hours * HOUR && outcomeIn(world.track) === null; index++) {
    const steps = world.steps.length;
    const reading = readings[index % readings.length] ?? broke();
    world.make({ do: 'look', reading, latencyMs: 50, chance: 0 });
    const hour = Math.floor((world.nowMs - T0) / HOUR);
    if (hour < hours) reported[hour] = (reported[hour] ?? 0) + world.steps.length - steps;
  }
  return reported;
}

/**
 * The most reports in an hour with 3 600 polls. Each report of trouble or a miss may lead to two more: an answer that the workflow waits
 * for, and the end of the trouble. In addition a claim is reported once a minute.
 */
const MOST_PER_HOUR = 3 * 60 + 60 + 10;
const MOST_AT_FIRST = MOST_PER_HOUR + 2 * BURST;

const steady = (snapshot: Snapshot): PollResult => ({ type: 'snapshot', snapshot: { ...snapshot, progress: null } });

describe('I1: the reports on a job are bounded, for all answers of its service that alternate', () => {
  test.each<[string, PollResult[]]>([
    ['a refused credential and a good answer', [broke('unauthorized'), saw()]],
    ['a refused request and a good answer', [broke('rejected'), saw()]],
    ['two states', [saw({ state: 'queued' }), saw({ state: 'running' })]],
    ['two unknown words', [saw({ state: 'unknown', providerState: 'a' }), saw({ providerState: 'b' })]],
    ['two stages', [saw({ stage: 'writing' }), saw({ stage: 'checking' })]],
    ['two start times', [saw({ startedAt: at(0) }), saw({ startedAt: at(MINUTE) })]],
    ['a miss and a good answer', [broke('not-found'), saw()]],
    ['a miss and trouble', [saw(), broke('not-found'), broke('unauthorized')]],
    ['trouble three times and a good answer', [broke(), broke('malformed'), broke('rate-limited'), saw()]],
    ['trouble of all kinds', [broke('unauthorized'), broke('rejected'), saw({ state: 'queued' }), broke(), saw()]],
  ])('%s', (_, readings) => {
    const [first = 0, ...later] = reportsPerHour(readings, 3);
    expect(first).toBeLessThanOrEqual(MOST_AT_FIRST);
    expect(Math.max(...later)).toBeLessThanOrEqual(MOST_PER_HOUR);
  });

  test('any answers in turn', () => {
    const anyAnswer = fc.oneof(anyLiveSnapshot.map(steady), anyFailure);
    fc.assert(
      fc.property(fc.array(anyAnswer, { minLength: 1, maxLength: 6 }), (readings) => {
        const [first = 0, ...later] = reportsPerHour(readings, 2);
        expect(first).toBeLessThanOrEqual(MOST_AT_FIRST);
        expect(Math.max(...later)).toBeLessThanOrEqual(MOST_PER_HOUR);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a job whose answers have alternated', () => {
  const flapping = (count: number): Look[] =>
    Array.from({ length: count }, (_, index): Look => [
      index * SECOND,
      saw({ state: index % 2 === 0 ? 'queued' : 'running' }),
    ]);
  const spent = flapping(200);
  const last = 200 * SECOND;

  test('is reported at once for a burst of changes, then once a minute', () => {
    const words = wordsOf(poll(spent));
    expect(words.slice(0, BURST + 1).every((word) => word === 'polled')).toBe(true);
    expect(words.slice(BURST + 1).filter((word) => word === 'polled')).toHaveLength(3);
  });

  test('has its end reported by the poll that sees it', () => {
    expect(wordsOf(poll([...spent, [last, saw(completed)]])).at(-1)).toBe('polled');
  });

  test('has a lasting change reported within a minute', () => {
    const stays = Array.from({ length: 61 }, (_, index): Look => [last + index * SECOND, saw({ stage: 'last' })]);
    expect(wordsOf(poll([...spent, ...stays])).slice(200)).toContain('polled');
  });

  test('has lasting trouble reported within a minute, once', () => {
    const stays = Array.from({ length: 90 }, (_, index): Look => [last + index * SECOND, broke('unauthorized')]);
    const words = wordsOf(poll([...spent, ...stays])).slice(200);
    expect(words.filter((word) => word === 'unauthorized')).toHaveLength(1);
    expect(words.slice(0, 61)).toContain('unauthorized');
  });

  test('has a miss that counts reported, even if the first one was not', () => {
    const misses = [0, 30, 60].map((second): Look => [last + second * SECOND, broke('not-found')]);
    expect(wordsOf(poll([...spent, ...misses])).at(-1)).toBe('missing!');
  });

  test('is reported at once again after half an hour of quiet', () => {
    const quiet: Look = [last + HOUR / 2, saw({ state: 'running' })];
    const again = Array.from({ length: BURST }, (_, index): Look => [
      last + HOUR / 2 + (index + 1) * SECOND,
      saw({ stage: `stage ${index}` }),
    ]);
    const words = wordsOf(poll([...spent, quiet, ...again])).slice(201);
    expect(words.filter((word) => word === 'polled').length).toBeGreaterThanOrEqual(BURST - 1);
  });
});

test('the memory of older code, which has no report budget, is still valid', () => {
  expect(poll([[0, saw()]]).memory.budget).toBeUndefined();
  const { memory } = poll([
    [0, saw()],
    [SECOND, saw({ stage: 'b' })],
  ]);
  expect(memory.budget).toEqual({ left: BURST - 1, atMs: T0 + SECOND });
});
