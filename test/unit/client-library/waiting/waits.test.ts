import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  MAX_DESCRIBES,
  type Order,
  type OrderForOne,
  take,
} from '../../../../src/client-library/waiting/next-requests.ts';
import {
  checked,
  createWaits,
  described,
  enter,
  failed,
  hasObserved,
  leave,
  listed,
  MAX_LONG_POLLS,
  needsList,
  requestEnded,
  runToDescribe,
  sizeOf,
  type Wait,
  type Waits,
  yielded,
} from '../../../../src/client-library/waiting/waits.ts';

const open = { runId: 'run', firstRunId: 'run', end: 'open' } as const;
const ids = (orders: readonly Order[]): string[] =>
  orders.flatMap((order) =>
    (order.do === 'check' ? order.waits : [order.wait]).map(({ workflowId }) => `${order.do} ${workflowId}`),
  );
/** @returns the orders for one wait each */
const single = (orders: readonly Order[]): OrderForOne[] => orders.filter((order) => order.do !== 'check');
/** @returns the open runs of these waits, as a list shows them */
const runsOf = (waits: readonly Wait[]) => waits.map(({ workflowId }) => ({ workflowId, runId: 'run' }));
const crowdOf = (count: number): { waits: Waits; all: Wait[] } => {
  const waits = createWaits();
  return { waits, all: Array.from({ length: count }, (_, index) => enter(waits, `job-${index}`)) };
};

/** A crowd whose long polls have yielded, and whose other waits were described and are open. */
function settledCrowd(count: number): { waits: Waits; observed: Wait[] } {
  const { waits } = crowdOf(count);
  for (let orders = take(waits, 0); orders.length > 0; orders = take(waits, 0)) {
    for (const order of orders) {
      if (order.do === 'check') {
        checked(waits, order.waits, { open: runsOf(order.waits), nowMs: 0 });
        for (const wait of order.waits) described(waits, wait, open);
      } else if (order.do === 'describe') described(waits, order.wait, open);
    }
  }
  return { waits, observed: [...waits.in.observed] };
}

describe('long polls', () => {
  test('twenty waits have one each, and nothing else is asked', () => {
    const { waits } = crowdOf(20);
    expect(ids(take(waits, 0))).toEqual(Array.from({ length: 20 }, (_, index) => `poll job-${index}`));
    expect([take(waits, 100_000), hasObserved(waits)]).toEqual([[], false]);
  });

  test('with one wait more, eight long polls end, so that endings can be fetched', () => {
    const { waits } = crowdOf(20);
    take(waits, 0);
    enter(waits, 'one more');
    const yields = Array.from({ length: 8 }, (_, index) => `yield job-${12 + index}`);
    expect(ids(take(waits, 0))).toEqual([...yields, 'describe one more']);
    const [first] = waits.in.yielding;
    if (first !== undefined) yielded(waits, first);
    expect(ids(take(waits, 0))).toEqual(['describe job-12']);
  });

  test('an ending is fetched only when a long poll has ended, because both count', () => {
    const { waits } = crowdOf(20);
    take(waits, 0);
    const last = enter(waits, 'last');
    take(waits, 0);
    described(waits, last, { ...open, end: 'closed' });
    expect(take(waits, 0)).toEqual([]);
    const [first] = waits.in.yielding;
    if (first === undefined) expect.unreachable();
    yielded(waits, first);
    expect(ids(take(waits, 0))).toEqual(['fetch last', 'describe job-12']);
  });

  test('a long poll that does not end when it should gives its place up after 2 s', () => {
    const { waits } = crowdOf(20);
    take(waits, 0);
    enter(waits, 'one more');
    take(waits, 0);
    expect([take(waits, 1_999).length, take(waits, 2_000).length]).toEqual([0, 8]);
  });

  test('a wait whose place became free goes to one that is observed, with the run that it waits for', () => {
    const { waits, observed } = settledCrowd(21);
    const [polling] = waits.in.polling;
    if (polling === undefined) expect.unreachable();
    leave(waits, polling, 0);
    requestEnded(waits, polling);
    const orders = take(waits, 0);
    expect(ids(orders)).toEqual(observed.slice(0, 9).map(({ workflowId }) => `poll ${workflowId}`));
    expect(single(orders)[0]?.wait.run).toEqual({ runId: 'run', firstRunId: 'run' });
  });
});

describe('a request that does not end after its wait has left', () => {
  test('counts as a long poll for 2 s', () => {
    const { waits, all } = crowdOf(20);
    take(waits, 0);
    for (const wait of all) leave(waits, wait, 0);
    const next = enter(waits, 'next');
    take(waits, 0);
    described(waits, next, open);
    expect([take(waits, 1_999), ids(take(waits, 2_000))]).toEqual([[], ['poll next']]);
  });

  test('counts as a describe for 2 s', () => {
    const { waits, all } = crowdOf(60);
    waits.isListing = false;
    take(waits, 0);
    for (const wait of all.slice(12, 32)) leave(waits, wait, 0);
    const ofFirst = ({ do: what }: Order) => what === 'describe';
    expect([take(waits, 1_999).filter(ofFirst).length, take(waits, 2_000).filter(ofFirst).length]).toEqual([0, 20]);
  });
});

describe('the list of closed runs', () => {
  test('is needed while more than twenty wait, and one of them has no long poll', () => {
    const { waits } = crowdOf(20);
    const isNeeded = [needsList(waits)];
    take(waits, 0);
    const last = enter(waits, 'last');
    isNeeded.push(needsList(waits));
    take(waits, 0);
    isNeeded.push(needsList(waits));
    described(waits, last, open);
    isNeeded.push(needsList(waits));
    expect(isNeeded).toEqual([false, false, true, true]);
  });

  test('is not needed by twenty waits of which some are described after a failure', () => {
    const { waits, all } = crowdOf(20);
    take(waits, 0);
    for (const wait of all) failed(waits, wait, 0);
    take(waits, 1_000);
    expect([waits.in.describing.size, needsList(waits)]).toEqual([20, false]);
  });

  test('changes nothing for a wait that has a request of its own', () => {
    const { waits } = settledCrowd(21);
    listed(
      waits,
      [...waits.in.polling].map(({ workflowId }) => ({ workflowId, runId: 'run' })),
    );
    expect([waits.in.polling.size, take(waits, 0)]).toEqual([12, []]);
  });
});

describe('a crowd that enters at once', () => {
  /** 200 of them are being checked. */
  const entered = () => {
    const { waits } = crowdOf(300);
    const check = take(waits, 0).find((order) => order.do === 'check');
    if (check === undefined) expect.unreachable();
    return { waits, some: check.waits };
  };

  test('is checked in parts of 200, one every quarter of a second, and nobody is described meanwhile', () => {
    const { waits, some } = entered();
    expect([some.length, take(waits, 0)]).toEqual([200, []]);
    checked(waits, some, { open: runsOf(some), nowMs: 100 });
    expect(ids(take(waits, 249))).toEqual(Array.from({ length: 12 }, (_, index) => `poll job-${index}`));
    expect(ids(take(waits, 250))).toEqual(Array.from({ length: 100 }, (_, index) => `check job-${200 + index}`));
  });

  test('has open jobs, which are observed, and others, which are described at once', () => {
    const { waits, some } = entered();
    const [first, ...rest] = some;
    checked(waits, some, { open: runsOf(rest), nowMs: 0 });
    expect([waits.in.observed.size, ids(take(waits, 0)).at(-1)]).toEqual([199, `describe ${first?.workflowId}`]);
  });

  test('has jobs that ended before: at most two are described at a time, two are fetched, and 25 requests begin in a quarter of a second', () => {
    const { waits, some } = entered();
    checked(waits, some, { open: [], nowMs: 0 });
    const round = (nowMs: number): string => {
      const orders = single(take(waits, nowMs));
      for (const { do: what, wait } of orders) {
        if (what === 'describe') described(waits, wait, { ...open, end: 'closed' });
        else leave(waits, wait, nowMs);
        requestEnded(waits, wait);
      }
      return orders.map(({ do: what }) => what).join(' ');
    };
    const both = 'fetch fetch describe describe';
    expect([0, 0, 0, 0, 0, 0, 0, 249, 250].map((nowMs) => round(nowMs))).toEqual([
      'describe describe',
      both,
      both,
      both,
      both,
      both,
      'fetch fetch describe',
      '',
      'fetch describe describe',
    ]);
  });

  test('has jobs that ended before: those that end now go first', () => {
    const { waits, some } = entered();
    checked(waits, some, { open: [], nowMs: 0 });
    const old = single(take(waits, 0)).map(({ wait }) => wait);
    for (const wait of old) described(waits, wait, { ...open, end: 'closed' });
    const now = some.slice(50, 90);
    listed(waits, runsOf(now));
    const described20 = single(take(waits, 0)).filter(({ do: what }) => what === 'describe');
    expect(described20.map(({ wait }) => wait)).toEqual(now.slice(0, 20));
    for (const { wait } of described20) described(waits, wait, { ...open, end: 'closed' });
    const fetched = single(take(waits, 0)).filter(({ do: what }) => what === 'fetch');
    expect(fetched.map(({ wait }) => wait)).toEqual(now.slice(0, 18)); // two places are taken by those that ended before
  });

  test('has a job that the check did not show, although it was open: when it ends, it goes with those that end now', () => {
    const { waits, some } = entered();
    const [wait] = some;
    if (wait === undefined) expect.unreachable();
    checked(waits, some, { open: [], nowMs: 0 });
    take(waits, 0);
    described(waits, wait, open);
    described(waits, wait, { ...open, end: 'closed' });
    expect(wait.phase).toBe('ended');
  });

  test('is not described again at once: the list of closed runs sees an end for the next ten seconds', () => {
    const { waits, some } = entered();
    checked(waits, some, { open: runsOf(some), nowMs: 100_000 });
    const describes = (nowMs: number) => take(waits, nowMs).filter((order) => order.do === 'describe').length;
    expect([describes(109_999), describes(110_000)]).toEqual([0, 20]);
  });

  test('learns by the list of closed runs of a job that ends before it is checked, or while it is', () => {
    const { waits, some } = entered();
    const [checking] = some;
    const [later] = waits.in.new;
    if (checking === undefined || later === undefined) expect.unreachable();
    listed(waits, runsOf([checking, later]));
    expect(ids(take(waits, 0))).toEqual([`describe ${checking.workflowId}`, `describe ${later.workflowId}`]);
    checked(waits, some, { open: runsOf(some), nowMs: 0 });
    for (const wait of [checking, later]) described(waits, wait, { ...open, end: 'closed' });
    const polls = some.slice(1, 13).map(({ workflowId }) => `poll ${workflowId}`);
    expect(ids(take(waits, 0))).toEqual([...polls, `fetch ${checking.workflowId}`, `fetch ${later.workflowId}`]);
  });

  test('is described as before, if there is no list', () => {
    const { waits, some } = entered();
    checked(waits, some, { open: null, nowMs: 0 });
    const orders = take(waits, 0).map((order) => order.do);
    const expected = [...Array.from({ length: 12 }, () => 'poll'), ...Array.from({ length: 20 }, () => 'describe')];
    expect([orders, waits.in.absent.size]).toEqual([expected, 0]);
  });

  test('learns the first run of an open one from that run, which may have continued as a new one meanwhile', () => {
    const { waits, some } = entered();
    const [wait] = some;
    if (wait === undefined) expect.unreachable();
    checked(waits, some, { open: runsOf([wait]), nowMs: 0 });
    expect(runToDescribe(wait)).toBe('run');
    described(waits, wait, { ...open, firstRunId: 'first', end: 'continued' });
    expect([wait.phase, runToDescribe(wait), wait.run]).toEqual([
      'returning',
      undefined,
      { runId: 'run', firstRunId: 'first' },
    ]);
    described(waits, wait, { runId: 'later', firstRunId: 'first', end: 'open' });
    expect([wait.phase, wait.run?.runId]).toEqual(['observed', 'later']);
  });
});

describe('an observed wait', () => {
  const first = (count = 21): { waits: Waits; wait: Wait } => {
    const { waits, observed } = settledCrowd(count);
    const [wait] = observed;
    if (wait === undefined) expect.unreachable();
    return { waits, wait };
  };

  test('is fetched when the list shows its run', () => {
    const { waits, wait } = first();
    listed(waits, [{ workflowId: wait.workflowId, runId: 'run' }]);
    expect(ids(take(waits, 0))).toEqual([`fetch ${wait.workflowId}`]);
  });

  test('is described once for each other run of its workflow that has closed', () => {
    const { waits, wait } = first();
    const closed = [{ workflowId: wait.workflowId, runId: 'another' }];
    listed(waits, closed);
    expect(ids(take(waits, 0))).toEqual([`describe ${wait.workflowId}`]);
    described(waits, wait, open);
    listed(waits, closed);
    expect(take(waits, 0)).toEqual([]);
  });

  test('that is suspected does not hold up the rotation', () => {
    const { waits, observed } = settledCrowd(80);
    const suspects = observed.slice(0, 30);
    const suspected = new Set(suspects.map(({ workflowId }) => `describe ${workflowId}`));
    listed(
      waits,
      suspects.map(({ workflowId }) => ({ workflowId, runId: 'another' })),
    );
    expect(ids(take(waits, 10_000)).filter((order) => suspected.has(order))).toHaveLength(10);
  });

  test('follows its tracking to a later run, and ends when that has closed', () => {
    const { waits, wait } = first();
    described(waits, wait, { runId: 'later', firstRunId: 'run', end: 'open' });
    listed(waits, [{ workflowId: wait.workflowId, runId: 'later' }]);
    expect([take(waits, 0), wait.run?.runId]).toEqual([[{ do: 'fetch', wait }], 'later']);
  });

  test('has ended when the job is tracked again, and keeps its own run', () => {
    const { waits, wait } = first();
    described(waits, wait, { runId: 'again', firstRunId: 'again', end: 'open' });
    expect([take(waits, 0), wait.run?.runId]).toEqual([[{ do: 'fetch', wait }], 'run']);
  });

  test('is described every 10 s, and every second without a list', () => {
    const { waits } = first(21);
    expect([take(waits, 9_999).length, take(waits, 10_000).length]).toEqual([0, 9]);
    const { waits: blind } = first(21);
    blind.isListing = false;
    expect([take(blind, 999).length, take(blind, 1_000).length]).toEqual([0, 9]);
  });

  test('is described again after exactly a second, if the server has no list', () => {
    const { waits } = settledCrowd(60);
    waits.isListing = false;
    const isEnough = (orders: readonly Order[]): number => {
      for (const { wait } of single(orders)) described(waits, wait, open);
      return orders.length;
    };
    expect([1_000, 1_999, 2_000].map((nowMs) => isEnough(take(waits, nowMs)))).toEqual([20, 0, 20]);
  });

  test('rests for a second after a failure, and is described before it gets a long poll', () => {
    const { waits, all } = crowdOf(1);
    const [wait] = all;
    if (wait === undefined) expect.unreachable();
    take(waits, 0);
    failed(waits, wait, 0);
    expect([take(waits, 999), ids(take(waits, 1_000))]).toEqual([[], ['describe job-0']]);
    described(waits, wait, open);
    expect(ids(take(waits, 1_000))).toEqual(['poll job-0']);
  });

  test('several waits of one job end together', () => {
    const { waits } = settledCrowd(21);
    const twins = [enter(waits, 'twin'), enter(waits, 'twin')];
    take(waits, 0);
    for (const wait of twins) described(waits, wait, open);
    listed(waits, [{ workflowId: 'twin', runId: 'run' }]);
    expect(ids(take(waits, 0))).toEqual(['fetch twin', 'fetch twin']);
    for (const wait of twins) leave(waits, wait, 0);
    expect([waits.byWorkflow.has('twin'), sizeOf(waits)]).toEqual([false, 21]);
  });
});

/** What happens to one caller in a random story; times are seconds. */
const anyCaller = fc.record({
  entersS: fc.nat(3),
  endsS: fc.nat(60),
  /** When the list shows the end, after it; null: never. */
  lagS: fc.option(fc.nat(30), { nil: null }),
  isPatient: fc.nat(9).map((dice) => dice > 0),
  takesMs: fc.nat(2_000),
  fails: fc.nat(2),
});
type Story = typeof anyCaller extends fc.Arbitrary<infer Value> ? Value : never;

const TICK_MS = 100;
const HORIZON_S = 200;

/** Plays a story with a clock of its own. @returns when each caller got its ending, s; null: it left before */
function play(stories: readonly Story[], isListing: boolean) {
  const waits = createWaits();
  const endedS = new Map<Wait, number | null>();
  const storyOf = new Map<Wait, Story & { failsLeft: number }>();
  const pending: { order: Order; dueMs: number }[] = [];
  const rotation: number[] = [];
  const most = { polls: 0, describes: 0 };
  waits.isListing = isListing;
  const answer = (order: Order, nowMs: number): void => {
    if (order.do === 'check') return answerCheck(order.waits, nowMs);
    const { do: what, wait } = order;
    const story = storyOf.get(wait);
    requestEnded(waits, wait);
    if (story === undefined || wait.phase === 'left') return;
    const isClosed = story.endsS * 1_000 <= nowMs;
    if (wait.phase === 'yielding') yielded(waits, wait);
    else if (what === 'yield') return;
    else if (story.failsLeft > 0) {
      story.failsLeft -= 1;
      failed(waits, wait, nowMs);
    } else if (what === 'describe') described(waits, wait, { ...open, end: isClosed ? 'closed' : 'open' });
    else if (isClosed) {
      endedS.set(wait, nowMs / 1_000);
      leave(waits, wait, nowMs);
      requestEnded(waits, wait);
    } else if (what === 'poll') pending.push({ order: { do: what, wait }, dueMs: nowMs + TICK_MS });
    else expect.unreachable('a fetch of an open run');
  };
  // Visibility does not show the run of a caller whose request fails once. With a run that ends after 13 s, the list fails.
  const answerCheck = (some: readonly Wait[], nowMs: number): void => {
    const isOpen = (wait: Wait): boolean => (storyOf.get(wait)?.endsS ?? 0) * 1_000 > nowMs;
    const isShown = (wait: Wait): boolean => (storyOf.get(wait)?.fails ?? 0) % 2 === 0;
    const fails = some.some((wait) => storyOf.get(wait)?.endsS === 13);
    const runs = some.filter((wait) => isOpen(wait) && isShown(wait));
    checked(waits, some, { open: fails ? null : runsOf(runs), nowMs });
  };
  for (let nowMs = 0; nowMs <= HORIZON_S * 1_000; nowMs += TICK_MS) {
    for (const [index, story] of stories.entries()) {
      if (story.entersS * 1_000 === nowMs)
        storyOf.set(enter(waits, `job-${index}`), { ...story, failsLeft: story.fails });
    }
    for (const [wait, { isPatient, entersS }] of storyOf) {
      if (isPatient || wait.phase === 'left' || nowMs < (entersS + 3) * 1_000) continue;
      endedS.set(wait, null);
      leave(waits, wait, nowMs);
    }
    const shown = [...storyOf].filter(
      ([, { endsS, lagS }]) => isListing && lagS !== null && (endsS + lagS) * 1_000 <= nowMs,
    );
    if (nowMs % 1_000 === 0)
      listed(
        waits,
        shown.map(([{ workflowId }]) => ({ workflowId, runId: 'run' })),
      );
    const due = pending.filter(({ dueMs }) => dueMs <= nowMs);
    for (const one of due) pending.splice(pending.indexOf(one), 1);
    for (const { order } of due) answer(order, nowMs);
    const observed = new Set([...waits.in.observed, ...waits.in.suspected]);
    for (const order of take(waits, nowMs)) {
      if (order.do === 'describe' && observed.has(order.wait)) rotation.push(nowMs);
      const [first] = order.do === 'check' ? order.waits : [order.wait];
      pending.push({ order, dueMs: nowMs + ((first && storyOf.get(first)?.takesMs) ?? 0) });
    }
    const { polling, yielding, fetching, describing } = waits.in;
    most.polls = Math.max(most.polls, polling.size + yielding.size + fetching.size + waits.ending.polls.size);
    most.describes = Math.max(most.describes, describing.size);
  }
  return { endedS: [...storyOf].map(([wait, story]) => ({ story, atS: endedS.get(wait) })), rotation, most, waits };
}

describe('in any story of any crowd', () => {
  const anyCrowd = fc.array(anyCaller, { maxLength: 150, size: 'max' });

  test('at most 20 long polls are open, at most 20 describes run, and at most 20 of the rotation begin in a second', () => {
    fc.assert(
      fc.property(anyCrowd, fc.boolean(), (stories, isListing) => {
        const { rotation, most } = play(stories, isListing);
        expect(most.polls).toBeLessThanOrEqual(MAX_LONG_POLLS);
        expect(most.describes).toBeLessThanOrEqual(MAX_DESCRIBES);
        const isOver = rotation.some(
          (startMs, index) => startMs - (rotation[index - MAX_DESCRIBES] ?? -Infinity) < 1_000,
        );
        expect(isOver).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  test('each wait ends that is not given up, whatever the list shows, and nothing remains', () => {
    fc.assert(
      fc.property(anyCrowd, fc.boolean(), (stories, isListing) => {
        const { endedS, waits } = play(stories, isListing);
        // A round of the rotation takes up to 15 s. A wait can have been described just before its end, and rests after each failure.
        const lateS = endedS.filter(
          ({ atS, story }) => atS === undefined || (atS !== null && atS - Math.max(story.endsS, story.entersS) > 40),
        );
        expect(lateS).toEqual([]);
        expect([sizeOf(waits), waits.byWorkflow.size, hasObserved(waits)]).toEqual([0, 0, false]);
      }),
      { numRuns: 40 },
    );
  });
});
