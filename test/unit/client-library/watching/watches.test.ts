import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createWatch,
  createWatches,
  enter,
  isCrowd,
  leave,
  listed,
  looked,
  MAX_ALONE,
  MAX_LOOKS,
  nextTurnMs,
  take,
  type Watch,
  type Watches,
} from '../../../../src/client-library/watching/watches.ts';

const ids = (watches: readonly Watch[]): string[] => watches.map(({ workflowId }) => workflowId);

function crowdOf(count: number, everyMs = 1_000): { watches: Watches; all: Watch[] } {
  const watches = createWatches();
  const all = Array.from({ length: count }, (_, index) => createWatch(`job-${index}`, everyMs));
  for (const watch of all) enter(watches, watch);
  return { watches, all };
}

/** Looks at all that are due, and lets their callers ask again. @returns how many */
function lookAll(watches: Watches, nowMs: number, seen: string | null = 'a'): number {
  let count = 0;
  for (let taken = take(watches, nowMs); taken.length > 0; taken = take(watches, nowMs)) {
    count += taken.length;
    for (const watch of taken) looked(watches, watch, { seen, nowMs });
    for (const watch of taken) enter(watches, watch);
  }
  return count;
}

const listOf = (watches: readonly Watch[], attributes: string) =>
  new Map(watches.map(({ workflowId }) => [workflowId, attributes]));

describe('ten watches', () => {
  test('look at once, and then as often as each caller wants', () => {
    const { watches } = crowdOf(MAX_ALONE);
    const slow = createWatch('slow', 5_000);
    leave(watches, [...watches.in.new][0] ?? slow);
    enter(watches, slow);
    expect([lookAll(watches, 0), nextTurnMs(watches)]).toEqual([MAX_ALONE, 1_000]);
    expect([999, 1_000, 1_999, 2_000, 5_000].map((nowMs) => lookAll(watches, nowMs))).toEqual([0, 9, 0, 9, 10]);
  });

  test('look again after a failure, too', () => {
    const { watches } = crowdOf(1);
    lookAll(watches, 0, null);
    expect([nextTurnMs(watches), lookAll(watches, 999), lookAll(watches, 1_000)]).toEqual([1_000, 0, 1]);
  });
});

describe('more watches', () => {
  test('have their first looks at once, at most ten at a time', () => {
    const { watches, all } = crowdOf(25);
    const first = take(watches, 0);
    expect([ids(first), take(watches, 0), nextTurnMs(watches)]).toEqual([ids(all.slice(0, MAX_LOOKS)), [], Infinity]);
    for (const watch of first) looked(watches, watch, { seen: 'a', nowMs: 0 });
    expect(ids(take(watches, 0))).toEqual(ids(all.slice(10, 20)));
  });

  test('look when their attributes move, and not before `everyMs`', () => {
    const { watches, all } = crowdOf(25);
    lookAll(watches, 0);
    listed(watches, listOf(all, 'a'), 500);
    const moved = [...all.slice(0, 1), ...all.slice(3, 5)];
    listed(watches, listOf(moved, 'b'), 600);
    expect([take(watches, 999), ids(take(watches, 1_000))]).toEqual([[], ids(moved)]);
  });

  test('do not look for attributes that they have seen, or that are older than their look', () => {
    const { watches, all } = crowdOf(25);
    lookAll(watches, 0);
    listed(watches, listOf(all, 'old'), 500);
    expect([lookAll(watches, 1_000), all[0]?.listed]).toEqual([25, 'old']); // The list shows something else, so they look.
    listed(watches, listOf(all, 'old'), 2_000);
    listed(watches, listOf(all, 'a'), 3_000);
    listed(watches, new Map([['another job', 'b']]), 3_500);
    expect(lookAll(watches, 4_000)).toBe(0);
  });

  test('look every 10 s without a change, at most ten in a second', () => {
    const { watches } = crowdOf(25);
    lookAll(watches, 0);
    expect([9_999, 10_000, 10_999, 11_000, 12_000, 13_000].map((nowMs) => lookAll(watches, nowMs))).toEqual([
      0, 10, 0, 10, 5, 0,
    ]);
  });

  test('look as often as their callers want, at most ten in a second, if the server has no list', () => {
    const { watches } = crowdOf(15);
    watches.isListing = false;
    lookAll(watches, 0);
    expect([999, 1_000, 2_000, 3_000].map((nowMs) => lookAll(watches, nowMs))).toEqual([0, 10, 10, 10]);
  });

  test('of which one wants few looks, look before it', () => {
    const { watches } = crowdOf(15);
    const slow = createWatch('slow', 60_000);
    enter(watches, slow);
    lookAll(watches, 0);
    expect([lookAll(watches, 20_000), lookAll(watches, 21_000), lookAll(watches, 59_999)]).toEqual([10, 5, 10]);
    expect([slow.sinceMs, lookAll(watches, 61_000), slow.sinceMs]).toEqual([0, 6, 61_000]);
  });

  test('that always change do not keep one from the rotation', () => {
    const { watches, all } = crowdOf(30);
    const [quiet] = all.slice(-1);
    if (quiet === undefined) expect.unreachable();
    lookAll(watches, 0);
    let looks = 0;
    for (let nowMs = 1_000; nowMs <= 30_000; nowMs += 1_000) {
      listed(watches, listOf(all.slice(0, -1), `at ${nowMs}`), nowMs);
      const taken = take(watches, nowMs); // Ten of the 29 in each second.
      if (taken.includes(quiet)) looks += 1;
      for (const watch of taken) looked(watches, watch, { seen: `at ${nowMs}`, nowMs });
      for (const watch of taken) enter(watches, watch);
    }
    expect(looks).toBeGreaterThanOrEqual(2);
  });

  test('look again after a failure as often as their callers want', () => {
    const { watches } = crowdOf(12);
    lookAll(watches, 0, null);
    expect([lookAll(watches, 999), lookAll(watches, 1_000)]).toEqual([0, 12]);
  });

  test('become a few when the others leave', () => {
    const { watches, all } = crowdOf(11);
    lookAll(watches, 0);
    expect([isCrowd(watches), lookAll(watches, 5_000)]).toEqual([true, 0]);
    leave(watches, all[0] ?? createWatch('', 0));
    expect([isCrowd(watches), lookAll(watches, 5_000)]).toEqual([false, 10]);
  });
});

test('in any story, at most ten look at a time, each watch looks again, and none is lost', () => {
  const anyStep = fc.record({
    afterMs: fc.nat(3_000),
    index: fc.nat(39),
    what: fc.constantFrom('list', 'fail', 'end'),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(anyStep, { maxLength: 200 }), (count, steps) => {
      const { watches, all } = crowdOf(count);
      let nowMs = 0;
      const endOne = (index: number, seen: string | null): void => {
        const watch = [...watches.in.looking][index % Math.max(1, watches.in.looking.size)];
        if (watch === undefined) return;
        looked(watches, watch, { seen, nowMs });
        enter(watches, watch);
      };
      for (const { afterMs, index, what } of steps) {
        nowMs += afterMs;
        if (what === 'list') listed(watches, listOf(all.slice(index, index + 5), `at ${nowMs}`), nowMs);
        else endOne(index, what === 'fail' ? null : 'a');
        take(watches, nowMs);
        expect(watches.in.looking.size).toBeLessThanOrEqual(MAX_LOOKS);
      }
      const { new: entered, waiting, moved, looking } = watches.in;
      expect(entered.size + waiting.size + moved.size + looking.size).toBe(count);
      const fromMs = nowMs;
      for (let second = 0; second <= 20; second++) {
        nowMs += 1_000;
        while (looking.size > 0) endOne(0, 'a');
        while (take(watches, nowMs).length > 0) while (looking.size > 0) endOne(0, 'a');
      }
      expect(all.filter(({ sinceMs }) => sinceMs <= fromMs)).toEqual([]);
    }),
  );
});
