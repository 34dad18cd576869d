import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReadyPoll } from '../../../src/polling/account-turns.ts';
import { createScheduler, URGENT_IN_ROW } from '../../../src/polling/scheduler.ts';
import { RUNS } from '../../support/core-builders.ts';

const runs = { numRuns: RUNS };

interface Poll extends ReadyPoll {
  readonly id: number;
}

type Action =
  | { readonly do: 'enqueue'; readonly account: string; readonly dueAtMs: number; readonly urgent: boolean }
  | { readonly do: 'withdraw'; readonly index: number }
  | { readonly do: 'next'; readonly room: number };

const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: anyEnqueue() },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('withdraw' as const), index: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('next' as const), room: fc.integer({ min: -1, max: 6 }) }) },
);

function anyEnqueue() {
  return fc.record({
    do: fc.constant('enqueue' as const),
    account: fc.constantFrom('a', 'b', 'c', 'd'),
    dueAtMs: fc.nat(20),
    urgent: fc.integer({ min: 0, max: 3 }).map((value) => value === 0),
  });
}

/** The same rules, by lists that are sorted at each step. */
function createModel() {
  let waiting: Poll[] = [];
  const lines = { urgent: [] as string[], others: [] as string[] };
  let urgentInRow = 0;
  const ofLine = (urgent: boolean): Poll[] => waiting.filter((poll) => poll.urgent === urgent);
  const tidy = (): void => {
    lines.urgent = lines.urgent.filter((name) => ofLine(true).some(({ account }) => account === name));
    lines.others = lines.others.filter((name) => ofLine(false).some(({ account }) => account === name));
  };
  const one = (): Poll | undefined => {
    const [urgents, others] = [ofLine(true), ofLine(false)];
    const isUrgent = urgents.length > 0 && (urgentInRow < URGENT_IN_ROW || others.length === 0);
    const key = isUrgent ? 'urgent' : 'others';
    const name = lines[key][0];
    const [poll] = ofLine(isUrgent)
      .filter(({ account }) => account === name)
      .toSorted((a, b) => a.dueAtMs - b.dueAtMs || a.id - b.id);
    urgentInRow = isUrgent ? urgentInRow + 1 : 0;
    if (poll === undefined) return undefined;
    waiting = waiting.filter((other) => other !== poll);
    lines[key] = [...lines[key].slice(1), poll.account];
    tidy();
    return poll;
  };
  return {
    enqueue: (poll: Poll): void => {
      waiting.push(poll);
      const key = poll.urgent ? 'urgent' : 'others';
      if (!lines[key].includes(poll.account)) lines[key].push(poll.account);
    },
    withdraw: (poll: Poll): void => {
      waiting = waiting.filter((other) => other !== poll);
      tidy();
    },
    next: (room: number): Poll[] => Array.from({ length: Math.max(0, room) }, one).filter((poll) => poll !== undefined),
    waiting: (): number => waiting.length,
    latenessMs: (nowMs: number): number =>
      Math.max(0, nowMs - Math.min(Number.POSITIVE_INFINITY, ...waiting.map(({ dueAtMs }) => dueAtMs))),
  };
}

describe('the scheduler of polls', () => {
  test('begins polls in the order of its rules, each at most once, and none that was withdrawn', () => {
    fc.assert(
      fc.property(fc.array(anyAction, { maxLength: 120 }), (actions) => {
        const [scheduler, model] = [createScheduler<Poll>(), createModel()];
        const enqueued: Poll[] = [];
        for (const action of actions) {
          if (action.do === 'next') {
            const begun = scheduler.next(action.room);
            expect(begun).toEqual(model.next(action.room));
            expect(begun.length).toBeLessThanOrEqual(Math.max(0, action.room));
          } else {
            const poll = action.do === 'enqueue' ? { ...action, id: enqueued.length } : enqueued.at(action.index);
            if (poll === undefined) continue;
            if (action.do === 'enqueue') enqueued.push(poll);
            scheduler[action.do](poll);
            model[action.do](poll);
          }
          expect([scheduler.waiting(), scheduler.latenessMs(100)]).toEqual([model.waiting(), model.latenessMs(100)]);
        }
        expect(scheduler.next(Number.POSITIVE_INFINITY)).toEqual(model.next(actions.length));
        expect([scheduler.waiting(), scheduler.latenessMs(100)]).toEqual([0, 0]);
      }),
      runs,
    );
  });

  test('lets no poll starve: it begins after a bounded number of others, whatever is enqueued meanwhile', () => {
    const anyArrivals = fc.array(fc.array(anyEnqueue(), { maxLength: 3 }), { minLength: 200, maxLength: 200 });
    fc.assert(
      fc.property(fc.nat(3), anyArrivals, (before, arrivals) => {
        const scheduler = createScheduler<Poll>();
        const accounts = 4;
        for (let id = 0; id < before; id++) scheduler.enqueue({ id, account: 'a', dueAtMs: 0, urgent: false });
        const poll = { id: -1, account: 'a', dueAtMs: 1, urgent: false };
        scheduler.enqueue(poll);
        // Later polls are due later. Each turn of the account comes after at most one turn of each other account.
        const bound = (before + 1) * accounts * (URGENT_IN_ROW + 1);
        const begun = arrivals.findIndex((arriving, turn) => {
          for (const late of arriving) scheduler.enqueue({ ...late, id: turn, dueAtMs: 2 + turn });
          return scheduler.next(1)[0] === poll;
        });
        expect(begun).toBeGreaterThanOrEqual(0);
        expect(begun).toBeLessThan(bound);
      }),
      runs,
    );
  });

  test('begins the only poll of each account within one round beside an account with thousands', () => {
    const scheduler = createScheduler<Poll>();
    for (let id = 0; id < 5_000; id++) scheduler.enqueue({ id, account: 'big', dueAtMs: 0, urgent: false });
    for (let id = 0; id < 199; id++) scheduler.enqueue({ id, account: `small ${id}`, dueAtMs: 9, urgent: false });
    const begun = scheduler.next(200);
    expect(begun.filter(({ account }) => account !== 'big')).toHaveLength(199);
  });

  test('begins urgent polls first, of all accounts in turn', () => {
    const scheduler = createScheduler<Poll>();
    const add = (account: string, id: number, urgent: boolean): void =>
      scheduler.enqueue({ account, id, urgent, dueAtMs: id });
    add('a', 1, false);
    add('a', 2, true);
    add('a', 3, true);
    add('b', 4, true);
    expect(scheduler.next(9).map(({ id }) => id)).toEqual([2, 4, 3, 1]);
  });

  test('needs few steps for each poll when 10 000 wait', () => {
    let compared = 0;
    const scheduler = createScheduler<Poll>();
    const poll = (id: number): Poll => ({
      id,
      account: 'a',
      urgent: false,
      get dueAtMs() {
        compared += 1;
        return (id * 7_919) % 10_007;
      },
    });
    for (let id = 0; id < 10_000; id++) scheduler.enqueue(poll(id));
    scheduler.next(10_000);
    expect(compared / 10_000).toBeLessThan(200);
  });
});
