import { describe, expect, test } from 'vitest';
import { decide, interrupts } from '../../../src/tracking/decide.ts';
import { DEFAULT_POLLING } from '../../../src/contract/polling-options.ts';
import { emptyMemory } from '../../../src/polling/memory.ts';
import type { TrackEvent } from '../../../src/tracking/event.ts';
import { begin } from '../../../src/tracking/track.ts';
import {
  after,
  asked,
  completed,
  DEEPWRITER,
  degraded,
  heard,
  HOUR,
  limitsSet,
  MINUTE,
  missed,
  passed,
  polled,
  refreshed,
  SECOND,
  sent,
  since,
  T0,
  tracked,
  tried,
} from '../../support/core-builders.ts';

const running = after(tracked(), polled(SECOND, {}, { intervalMs: 30 * SECOND }));

describe('the next step', () => {
  test('is to plan, until the plan is made', () => {
    expect(decide(begin({ job: DEEPWRITER }, T0), T0)).toEqual({ do: 'plan' });
  });

  test('is to poll at once, when the plan is made', () => {
    expect(decide(tracked(), T0)).toEqual({
      do: 'poll',
      request: {
        job: DEEPWRITER,
        pool: 'shared',
        policy: DEFAULT_POLLING,
        usualMs: null,
        memory: emptyMemory(T0),
        firstWaitMs: 0,
        report: 'changes',
        cancel: null,
      },
    });
  });

  test('is to refuse a wrong input, after any later events', () => {
    const refused = after(begin({}, T0), { type: 'planRefused', message: 'job is missing', problems: [], atMs: T0 });
    const track = after(refused, asked(SECOND, 'native'), polled(MINUTE, completed));
    expect(track).toBe(refused);
    expect(decide(track, T0 + HOUR)).toEqual({ do: 'refuse', message: 'job is missing', problems: [] });
  });

  test('is a durable wait for an interval that is longer than a hold (I7)', () => {
    expect(decide(running, T0 + SECOND)).toEqual({ do: 'wait', forMs: 30 * SECOND });
    expect(decide(running, T0 + 20 * SECOND)).toEqual({ do: 'wait', forMs: 11 * SECOND });
  });

  test.each([
    ['a hold long', 21 * SECOND, 10 * SECOND],
    ['shorter', 30 * SECOND, SECOND],
    ['over', 31 * SECOND, 0],
    ['long over', HOUR, 0],
  ])('is a poll that waits itself, if the rest of the interval is %s', (_, nowMs, firstWaitMs) => {
    expect(decide(running, T0 + nowMs)).toMatchObject({ do: 'poll', request: { firstWaitMs } });
  });

  test('is a durable wait for any rest if there are no holds', () => {
    const track = after(tracked({ holdMs: 0 }), polled(SECOND, {}, { intervalMs: 2 * SECOND }));
    expect(decide(track, T0 + SECOND)).toEqual({ do: 'wait', forMs: 2 * SECOND });
    expect(decide(track, T0 + 3 * SECOND)).toMatchObject({ do: 'poll', request: { firstWaitMs: 0 } });
  });

  test('obeys a Retry-After of an hour, by a durable wait', () => {
    const track = after(running, degraded(MINUTE, { kind: 'rate-limited', intervalMs: HOUR }));
    expect(decide(track, T0 + MINUTE)).toEqual({ do: 'wait', forMs: HOUR });
  });

  test('gives the polls an accepted cancel, because then they are more frequent', () => {
    const track = after(running, asked(MINUTE), ...tried(MINUTE, 'accepted'));
    const cancel = { requestedAtMs: T0 + MINUTE, acceptedAtMs: T0 + MINUTE + 100 };
    expect(decide(track, T0 + MINUTE + 100)).toMatchObject({ do: 'poll', request: { firstWaitMs: 0, cancel } });
  });
});

describe('a wait or a poll is interrupted', () => {
  const requested = after(running, asked(2 * SECOND));
  const limited = after(tracked({ limits: { totalMs: MINUTE } }), polled(SECOND));

  test.each<[string, typeof running, TrackEvent]>([
    ['a cancel', running, asked(2 * SECOND)],
    ['a cancel by Temporal', running, asked(2 * SECOND, 'native')],
    ['an accepted cancel', requested, heard(3 * SECOND, 'accepted')],
    ['a refused cancel, which the status explains', requested, heard(3 * SECOND, 'refused')],
    ['a refresh', running, refreshed(2 * SECOND)],
    ['a passed limit', limited, passed(MINUTE)],
    ['an outcome', running, polled(2 * SECOND, completed)],
  ])('by %s', (_, before, event) => {
    expect(interrupts(before, after(before, event))).toBe(true);
  });

  test.each<[string, typeof running, TrackEvent]>([
    ['a change', running, polled(2 * SECOND, { progress: 50 })],
    ['trouble', running, degraded(2 * SECOND)],
    ['a miss', running, missed(2 * SECOND)],
    ['limits that are set', running, limitsSet(2 * SECOND, { totalMs: 9 * HOUR })],
    ['a stall', running, passed(HOUR)],
    ['the same cancel again', requested, asked(3 * SECOND, 'update')],
    ['a cancel that is sent', requested, sent(3 * SECOND)],
    ['a cancel left unanswered', requested, heard(3 * SECOND, 'unanswered')],
    ['a cancel whose credential is refused', requested, heard(3 * SECOND, 'unauthorized')],
  ])('by nothing else: %s', (_, before, event) => {
    expect(interrupts(before, after(before, event))).toBe(false);
  });
});

describe('a refresh', () => {
  test('makes the job be polled now, and not at the end of the interval', () => {
    expect(decide(after(running, refreshed(5 * SECOND)), T0 + 5 * SECOND)).toMatchObject({
      do: 'poll',
      request: { firstWaitMs: 0 },
    });
  });

  test('leads to one poll per shortest interval, for any number of requests', () => {
    const asks = [5_000, 5_500, 5_600, 6_900, 7_000, 7_100, 8_000].map(refreshed);
    const dueTimes = asks.map((_, count) => since(after(running, ...asks.slice(0, count + 1)).polling.dueAtMs));
    expect(dueTimes).toEqual([5_000, 7_000, 7_000, 7_000, 9_000, 9_000, 9_000]);
  });

  test('after a longer time has its own poll', () => {
    expect(since(after(running, refreshed(5 * SECOND), refreshed(15 * SECOND)).polling.dueAtMs)).toBe(15 * SECOND);
  });

  test('before the plan has no effect, because the first poll comes anyway', () => {
    const early = begin({ job: DEEPWRITER }, T0);
    expect(after(early, refreshed(SECOND))).toBe(early);
  });
});
