import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PROBE_MS } from '../../../../src/activities/check-job-status/catch-up.ts';
import { createHolds } from '../../../../src/activities/check-job-status/holds.ts';
import { createPollScheduler, type QueuedPoll } from '../../../../src/activities/check-job-status/poll-scheduler.ts';
import { SLOW_MS } from '../../../../src/activities/check-job-status/under-way.ts';
import type { ReadyPoll } from '../../../../src/polling/account-turns.ts';
import { NO_LOAD } from '../../../../src/polling/overload.ts';
import { T0 } from '../../../support/core-builders.ts';

const { limit } = NO_LOAD;
const GOOD = { tookMs: 1_000, lagMs: 1, busy: 0.9 };
const BEHIND = { ...GOOD, lagMs: 51 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

interface Asked {
  readonly queued: QueuedPoll;
  readonly giveUp: () => void;
  begun: number;
}

function createRig(hasOthers = true) {
  const clock = { nowMs: T0 };
  const polls = createPollScheduler({ now: () => clock.nowMs, hasOthers: () => hasOthers });
  const asked: Asked[] = [];
  const ask = (poll: Partial<ReadyPoll> = {}): Asked => {
    const queued = polls.queue({ account: 'a', dueAtMs: T0, urgent: false, ...poll });
    const one: Asked = { queued, giveUp: () => giveUp(), begun: 0 };
    const giveUp = queued.wait(() => (one.begun += 1));
    asked.push(one);
    return one;
  };
  /** Lets the event loop turn so often that all polls have begun that may. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await vi.advanceTimersByTimeAsync(1);
  };
  const begun = (): number => asked.filter((one) => one.begun > 0).length;
  return { clock, polls, ask, asked, settle, begun };
}

describe('the scheduler of a worker', () => {
  test('begins a ready poll at once', async () => {
    const { ask, settle } = createRig();
    const one = ask();
    await settle();
    expect(one.begun).toBe(1);
  });

  test('begins no more polls at a time than its limit, and the next one when one has ended', async () => {
    const { ask, asked, begun, settle } = createRig();
    for (let index = 0; index < limit + 10; index++) ask();
    await settle();
    expect(begun()).toBe(limit);
    asked[0]?.queued.end();
    asked[0]?.queued.end(); // a second call has no effect
    await settle();
    expect(begun()).toBe(limit + 1);
  });

  test('begins no poll in every other second while workflow tasks wait, and all again when they do not', async () => {
    const { polls, ask, begun, settle } = createRig();
    polls.noteBacklog(1_001);
    polls.note(GOOD);
    ask();
    await settle();
    expect(begun()).toBe(0);
    polls.note(GOOD);
    await settle();
    expect(begun()).toBe(1);
    polls.note(GOOD);
    ask();
    await settle();
    expect(begun()).toBe(1);
    polls.noteBacklog(0);
    polls.note(GOOD);
    await settle();
    expect(begun()).toBe(2);
  });

  test('does not let polls wait for requests that a service answers slowly', async () => {
    const { ask, asked, begun, settle } = createRig();
    for (let index = 0; index < limit + 10; index++) ask();
    await settle();
    await vi.advanceTimersByTimeAsync(SLOW_MS);
    await settle();
    expect(begun()).toBe(limit + 10);
    for (const { queued } of asked) queued.end();
    for (let index = 0; index < limit; index++) ask();
    await settle();
    expect(begun()).toBe(2 * limit + 10);
  });

  test('begins no poll while the event loop is behind, and goes on when it is on time again', async () => {
    const { polls, ask, begun, settle } = createRig();
    polls.note(BEHIND);
    ask();
    await settle();
    expect(begun()).toBe(0);
    await vi.advanceTimersByTimeAsync(PROBE_MS);
    await settle();
    expect(begun()).toBe(1);
  });

  test('goes on slowly if the event loop never catches up', async () => {
    const { polls, ask, begun } = createRig();
    for (let index = 0; index < 100; index++) ask();
    for (let second = 0; second < 4; second++) polls.note(BEHIND); // no timer has fired meanwhile
    expect(begun()).toBeGreaterThan(0);
    expect(begun()).toBeLessThan(100);
  });

  test.each(['cancelled', 'superseded', 'released'] as const)('an attempt that is %s leaves it', async (end) => {
    const { polls, ask, settle } = createRig();
    for (let index = 0; index < limit; index++) ask();
    await settle();
    const holds = createHolds(10);
    const cancel = new AbortController();
    const attempt = holds.begin('job', cancel.signal);
    const queued = polls.queue({ account: 'b', dueAtMs: T0, urgent: false });
    const ended = attempt.wait(queued.wait);
    if (end === 'cancelled') cancel.abort();
    if (end === 'superseded') holds.begin('job', new AbortController().signal);
    if (end === 'released') holds.release();
    expect(await ended).toBe(end);
    await vi.advanceTimersByTimeAsync(SLOW_MS); // there is room now
    await settle();
    queued.end(); // it has not begun, so this makes no room
    const next = ask();
    await settle();
    expect(next.begun).toBe(1);
    expect(holds.waiting()).toBe(0);
  });

  test('gives back 5 intervals a second while polls stay late, and none before or after', async () => {
    const { clock, polls, ask, asked, settle } = createRig();
    const givenBack = (): number => Array.from({ length: 20 }, polls.givesBack).filter(Boolean).length;
    for (let index = 0; index < limit + 1; index++) ask();
    await settle();
    for (let second = 1; second <= 31; second++) {
      expect(givenBack()).toBe(0);
      clock.nowMs += 1_000;
      polls.note(GOOD);
    }
    expect([givenBack(), givenBack()]).toEqual([5, 0]);
    polls.note(GOOD);
    expect(givenBack()).toBe(5);
    for (const { giveUp, queued } of asked) {
      giveUp();
      queued.end();
    }
    for (let second = 0; second < 30; second++) polls.note(GOOD);
    expect(givenBack()).toBe(0);
  });

  test('gives nothing back if no other worker could take it', async () => {
    const { clock, polls, ask, settle } = createRig(false);
    for (let index = 0; index < limit + 1; index++) ask();
    await settle();
    for (let second = 1; second <= 60; second++) {
      clock.nowMs += 1_000;
      polls.note(GOOD);
    }
    expect([polls.load().isOverloaded, polls.givesBack()]).toEqual([true, false]);
  });

  test('begins every poll once, never more at a time than its limit, and none that gave up', async () => {
    const anyStep = fc.oneof(
      fc.record({ do: fc.constant('ask' as const), account: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ do: fc.constantFrom('giveUp' as const, 'end' as const), index: fc.nat(200) }),
      fc.record({ do: fc.constant('turn' as const) }),
      fc.record({ do: fc.constant('note' as const), lagMs: fc.constantFrom(1, 1, 51) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 50, maxLength: 300 }), async (steps) => {
        const { polls, ask, asked } = createRig();
        const [over, left] = [new Set<Asked>(), new Set<Asked>()];
        let most = limit;
        for (const step of steps) {
          if (step.do === 'ask') ask({ account: step.account });
          if (step.do === 'turn') await vi.advanceTimersByTimeAsync(1);
          if (step.do === 'note') most = Math.max(most, polls.note({ ...GOOD, lagMs: step.lagMs }).limit);
          const one = 'index' in step ? asked[step.index] : undefined;
          if (one !== undefined && step.do === 'giveUp' && one.begun === 0) left.add(one);
          if (one !== undefined && step.do === 'giveUp') one.giveUp();
          if (one !== undefined && step.do === 'end' && one.begun > 0) over.add(one);
          if (one !== undefined && step.do === 'end') one.queued.end();
          const running = asked.filter((other) => other.begun > 0 && !over.has(other));
          expect(running.length).toBeLessThanOrEqual(most);
        }
        for (let round = 0; round < 20; round++) await vi.advanceTimersByTimeAsync(SLOW_MS);
        expect(asked.filter((one) => one.begun !== (left.has(one) ? 0 : 1))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});
