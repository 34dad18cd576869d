import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/tracking/decide.ts';
import { emptyMemory, type PollMemory } from '../../../src/polling/memory.ts';
import { evaluate, evaluateDeferral, within } from '../../../src/polling/evaluate.ts';
import { after, asked, degraded, polled, refreshed, SECOND, T0, tracked } from '../../support/core-builders.ts';
import { requestOf, saw } from '../../support/core-polls.ts';

const outage = { kind: 'unavailable', reason: 'not polled, for no job can be read', waitMs: 7_000 } as const;
const polledOnce: PollMemory = { ...emptyMemory(T0), polls: 3, seen: true, lastPollAtMs: T0 };

function heldTimes(times: number, deferral: Parameters<typeof evaluateDeferral>[1]) {
  let memory = polledOnce;
  const reported = Array.from({ length: times }, (_, index) => {
    const weighed = evaluateDeferral(memory, deferral, T0 + index * 7_000);
    memory = weighed.memory;
    return weighed.answer?.type ?? null;
  });
  return { memory, reported };
}

describe('a deferred poll', () => {
  test('is no poll, but trouble: the third in a row is reported, with the time of the first (I7)', () => {
    const { memory, reported } = heldTimes(5, outage);
    expect(reported).toEqual([null, null, 'degraded', null, null]);
    expect(memory).toMatchObject({
      polls: 3,
      lastPollAtMs: T0,
      nextPollAtMs: T0 + 35_000,
      trouble: { inRow: 5, sinceMs: T0 },
    });
  });

  test('is reported at once if the wait is longer than 60 s', () => {
    expect(heldTimes(1, { ...outage, kind: 'rate-limited', waitMs: 61_000 }).reported).toEqual(['degraded']);
  });

  test('for a short time is no trouble: 1.9 s', () => {
    expect(heldTimes(9, { ...outage, waitMs: 1_900 }).memory.trouble).toBeNull();
  });

  test('for the budget alone is no trouble', () => {
    const { memory, reported } = heldTimes(9, { ...outage, kind: null });
    expect(reported).toEqual(Array(9).fill(null));
    expect(memory.trouble).toBeNull();
  });

  test('is followed by an answer that reports the end of the trouble', () => {
    const { memory } = heldTimes(3, outage);
    const time = { nowMs: T0 + 30_000, chance: 0, reportEveryMs: 5_000 };
    expect(evaluate({ request: requestOf(), memory, time }, saw())).toMatchObject({
      answer: { type: 'polled' },
      memory: { trouble: null },
    });
  });
});

test('bounds change the interval, the memory and the answer in the same way', () => {
  const weighed = evaluate(
    { request: requestOf(), memory: emptyMemory(T0), time: { nowMs: T0, chance: 0, reportEveryMs: 5_000 } },
    saw(),
  );
  const slow = within(weighed, { leastMs: 40_000 }, T0);
  expect([slow.intervalMs, slow.answer?.intervalMs]).toEqual([40_000, 40_000]);
  expect([slow.memory.nextPollAtMs, slow.answer?.memory.nextPollAtMs]).toEqual([T0 + 40_000, T0 + 40_000]);
  expect(within(weighed, { leastMs: 0 }, T0)).toBe(weighed);
  expect(within(slow, { leastMs: 0, mostMs: 5_000 }, T0).intervalMs).toBe(5_000);
});

describe('an urgent poll', () => {
  const running = after(tracked(), polled(SECOND, {}, { intervalMs: 30 * SECOND }));

  test.each([
    ['a refresh', after(running, refreshed(5 * SECOND))],
    ['a cancel', after(running, asked(5 * SECOND))],
  ])('is due after %s: it goes first, and reports its first answer', (_, track) => {
    expect(decide(track, T0 + 5 * SECOND)).toMatchObject({ do: 'poll', request: { urgent: true, report: 'answer' } });
  });

  test.each([
    ['its answer', polled(6 * SECOND, {}, { askedAfterMs: 5 * SECOND })],
    ['trouble that it met', degraded(6 * SECOND, {}, { askedAfterMs: 5 * SECOND })],
  ])('makes the next poll a normal one after %s', (_, event) => {
    const track = after(running, refreshed(5 * SECOND), event);
    const step = decide(track, track.polling.dueAtMs);
    expect(step).toMatchObject({ do: 'poll' });
    expect(step.do === 'poll' && step.request.urgent).toBeUndefined();
  });

  test('stays urgent if the answer belongs to an earlier poll', () => {
    const track = after(
      running,
      refreshed(5 * SECOND),
      polled(5 * SECOND, {}, { askedAfterMs: 4 * SECOND, intervalMs: 0 }),
    );
    expect(decide(track, T0 + 5 * SECOND)).toMatchObject({ request: { urgent: true } });
  });

  test('is only one, for any number of refreshes within the shortest interval', () => {
    let track = running;
    const polls = new Set<number>();
    for (let n = 0; n < 500; n++) {
      track = after(track, refreshed(5 * SECOND + n * 20));
      polls.add(track.polling.dueAtMs);
    }
    // The refreshes of 10 s lead to one poll in 2 s.
    expect([...polls]).toEqual([5, 7, 9, 11, 13, 15].map((seconds) => T0 + seconds * SECOND));
  });
});
