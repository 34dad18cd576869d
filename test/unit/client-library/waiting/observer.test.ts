import { AsyncLocalStorage } from 'node:async_hooks';
import { getEventListeners } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { type JobOutcome, NotTrackedError, UnreachableError } from '../../../../src/client.ts';
import { refused } from '../../../../src/client-library/errors.ts';
import type { AwaitedJob } from '../../../../src/client-library/waiting/caller.ts';
import type { ClosedRun } from '../../../../src/client-library/waiting/closed-runs.ts';
import { createObserver } from '../../../../src/client-library/waiting/observer.ts';
import type { PatienceOptions } from '../../../../src/client-library/patience.ts';
import { checkOwnTimers } from '../../../support/own-timers.ts';

const away = new UnreachableError('temporal', 'Temporal cannot be reached', { hint: 'start it' });
/** An error of the server in the form of the SDK. */
const denied = refused('denied', {
  cause: Object.assign(new Error('denied'), { code: 16, details: 'denied', metadata: {} }),
});
const runOf = (id: string) => ({ runId: id, firstRunId: id });
const closedAt = '2026-11-29T12:00:00.000Z';

const outcomeOf = (id: string): JobOutcome => ({ status: 'completed', link: id }) as JobOutcome;

type State = 'open' | 'closed' | Error;

/** A server that keeps the state of each job, and counts the requests. */
function createServer() {
  const jobs = new Map<string, State>();
  const ends: (() => void)[] = [];
  const counts = { polls: 0, mostPolls: 0, describes: 0, checks: 0, lists: [] as (string | null)[] };
  const server = { list: true, reaches: true };
  let current: AbortSignal | undefined;
  const stateOf = (id: string): State => {
    if (!server.reaches) throw away;
    const state = jobs.get(id) ?? 'open';
    if (state instanceof Error) throw state;
    return state;
  };
  const outcome = async (id: string, signal: AbortSignal | undefined): Promise<JobOutcome> => {
    counts.polls += 1;
    counts.mostPolls = Math.max(counts.mostPolls, counts.polls);
    const cancelled = new Promise<never>((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('cancelled')));
    });
    cancelled.catch(() => undefined);
    try {
      while (stateOf(id) === 'open')
        await Promise.race([new Promise<void>((resolve) => ends.push(resolve)), cancelled]);
      return outcomeOf(id);
    } finally {
      counts.polls -= 1;
    }
  };
  const job = (workflowId: string): AwaitedJob => ({
    workflowId,
    describe: async () => {
      counts.describes += 1;
      const isClosed = stateOf(workflowId) === 'closed';
      return { ...runOf(workflowId), status: isClosed ? 'COMPLETED' : 'RUNNING', closedAt: isClosed ? closedAt : null };
    },
    outcome: () => outcome(workflowId, current),
  });
  const change = (id: string, state: State): void => {
    jobs.set(id, state);
    for (const end of ends.splice(0)) end();
  };
  const observer = createObserver({
    list: async (since) => {
      counts.lists.push(since);
      if (!server.list) throw new Error('no visibility');
      return [...jobs].flatMap(([id, state]): ClosedRun[] =>
        state === 'closed' ? [{ workflowId: id, runId: id, closedAt }] : [],
      );
    },
    open: async (ids) => {
      counts.checks += 1;
      if (!server.list) throw new Error('no visibility');
      const isOpen = (id: string): boolean => (jobs.get(id) ?? 'open') === 'open';
      return ids.filter(isOpen).map((id) => ({ workflowId: id, runId: id }));
    },
    abortable: (signal, call) => {
      current = signal;
      return call();
    },
  });
  const result = (id: string, options: PatienceOptions = {}) => observer.result(job(id), options);
  return { server, counts, change, result, wake: () => ends.splice(0).forEach((end) => end()) };
}

const namesOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `job-${index}`);
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

// No timer is kept when no one waits.
const timersSet = checkOwnTimers('src/client-library');

test('one result is one long poll, without any other request or timer', async () => {
  const { counts, change, result } = createServer();
  const waiting = result('a');
  expect([counts.polls, timersSet()]).toEqual([1, 0]);
  change('a', 'closed');
  expect(await waiting).toEqual(outcomeOf('a'));
  expect(counts).toMatchObject({ polls: 0, describes: 0, lists: [] });
});

test('three hundred results have at most twenty long polls, and all come within two seconds of their ends', async () => {
  const { counts, change, result } = createServer();
  const ended: JobOutcome[] = [];
  const names = namesOf(300);
  const waiting = names.map(async (name) => ended.push(await result(name)));
  await pass(20_000);
  expect([counts.polls, ended.length]).toEqual([12, 0]);
  for (const name of names) change(name, 'closed');
  await pass(2_000);
  expect(new Set(ended)).toEqual(new Set(names.map((name) => outcomeOf(name))));
  expect(counts.mostPolls).toBeLessThanOrEqual(20);
  expect(counts.lists.slice(0, 2)).toEqual([null, null]);
  await Promise.all(waiting);
});

test('five thousand results that enter at once cost 26 lists, at most four a second, and 20 describes', async () => {
  const { counts, result } = createServer();
  const stop = new AbortController();
  const waiting = namesOf(5_000).map((name) => result(name, { signal: stop.signal }).catch(() => null));
  await pass(2_000);
  expect(counts.checks).toBeLessThanOrEqual(9);
  await pass(5_000);
  expect([counts.checks, counts.describes]).toEqual([26, 20]);
  stop.abort();
  await Promise.all(waiting);
});

test('without a list, the describes find each end', async () => {
  const { server, counts, change, result } = createServer();
  server.list = false;
  const names = namesOf(100);
  const waiting = Promise.all(names.map((name) => result(name)));
  await pass(1_000);
  for (const name of names) change(name, 'closed');
  await pass(10_000);
  expect(await waiting).toEqual(names.map((name) => outcomeOf(name)));
  expect(counts.lists.length).toBeLessThanOrEqual(2);
});

test('a job that is not tracked, or that ended before, is answered at once in any crowd', async () => {
  const { change, result } = createServer();
  const stop = new AbortController();
  const others = namesOf(50).map((name) => result(name, { signal: stop.signal }).catch((error: unknown) => error));
  change('nobody', new NotTrackedError('nobody'));
  change('old', 'closed');
  const [nobody, old] = await Promise.allSettled([result('nobody'), result('old')]);
  expect(nobody).toMatchObject({ reason: { name: 'NotTrackedError' } });
  expect(old).toMatchObject({ value: outcomeOf('old') });
  stop.abort('enough');
  expect(new Set(await Promise.all(others))).toEqual(new Set(['enough']));
});

describe('a list', () => {
  /** A server on which nothing ends, with lists that the test answers. */
  function createLists() {
    const lists: { since: string | null; signal: AbortSignal; answer: (runs: ClosedRun[] | Error) => void }[] = [];
    const observer = createObserver({
      list: (since, signal) =>
        new Promise((resolve, reject) => {
          const answer = (runs: ClosedRun[] | Error): void => (runs instanceof Error ? reject(runs) : resolve(runs));
          lists.push({ since, signal, answer });
        }),
      open: async (ids) => ids.map((workflowId) => ({ workflowId, runId: 'run' })),
      abortable: (_signal, call) => call(),
    });
    const describeIt = async () => ({ runId: 'run', firstRunId: 'run', status: 'RUNNING', closedAt: null });
    const crowdOf = (count: number) => {
      const stop = new AbortController();
      const outcome = () => new Promise<never>(() => undefined);
      const jobs = namesOf(count).map((workflowId) => ({ workflowId, describe: describeIt, outcome }));
      const waiting = jobs.map((job) => observer.result(job, { signal: stop.signal }).catch(() => null));
      return async () => {
        stop.abort();
        await Promise.all(waiting);
      };
    };
    return { lists, crowdOf };
  }

  test('that nobody needs any more is ended, and says nothing about the next one', async () => {
    const { lists, crowdOf } = createLists();
    const leaveAll = crowdOf(30);
    await pass(1_000);
    lists[0]?.answer([{ workflowId: 'other', runId: 'run', closedAt }]);
    await pass(1_000);
    expect(lists.map(({ since, signal }) => [since, signal.aborted])).toEqual([
      [null, false],
      ['2026-11-29T11:59:50.000Z', false],
    ]);
    await leaveAll();
    expect(lists[1]?.signal.aborted).toBe(true);
    const leaveNext = crowdOf(30);
    await pass(1_000);
    lists[1]?.answer([]);
    await pass(2_000);
    expect(lists.slice(2).map(({ since, signal }) => [since, signal.aborted])).toEqual([[null, false]]);
    lists[2]?.answer([]);
    await pass(1_000);
    expect(lists).toHaveLength(4);
    await leaveNext();
  });

  test('of open jobs that nobody needs any more says nothing about the next one', async () => {
    let checks = 0;
    const observer = createObserver({
      list: () => new Promise(() => undefined),
      open: (_ids, signal) =>
        new Promise((_resolve, reject) => {
          checks += 1;
          signal.addEventListener('abort', () => reject(new Error('ended')));
        }),
      abortable: (_signal, call) => call(),
    });
    const never = () => new Promise<never>(() => undefined);
    const enter = (names: readonly string[], signal: AbortSignal) =>
      names.map((workflowId) =>
        observer.result({ workflowId, describe: never, outcome: never }, { signal }).catch(() => null),
      );
    const [first, next] = [new AbortController(), new AbortController()];
    const left = enter(namesOf(100), first.signal);
    await pass(0);
    first.abort();
    await Promise.all(left);
    await pass(3_000); // the requests that do not end are given up
    const before = checks;
    const waiting = enter(namesOf(100), next.signal);
    await pass(0);
    expect(checks - before).toBe(1);
    next.abort();
    await Promise.all(waiting);
  });

  test('that fails is tried again after 10 s', async () => {
    const { lists, crowdOf } = createLists();
    const leaveAll = crowdOf(30);
    await pass(250);
    lists[0]?.answer(new Error('no visibility'));
    await pass(9_500);
    expect(lists).toHaveLength(1);
    await pass(500);
    expect(lists).toHaveLength(2);
    await leaveAll();
  });
});

describe('a signal', () => {
  test('that all callers share has one listener, which is removed', async () => {
    const { change, result } = createServer();
    const { signal } = new AbortController();
    const waiting = Promise.all(namesOf(30).map((name) => result(name, { signal })));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    for (const name of namesOf(30)) change(name, 'closed');
    await pass(2_000);
    await waiting;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('that has aborted before makes no request', async () => {
    const { counts, result } = createServer();
    await expect(result('a', { signal: AbortSignal.abort('never') })).rejects.toBe('never');
    expect(counts.mostPolls).toBe(0);
  });

  test('ends the wait and its request at once, and another wait gets the place', async () => {
    const { counts, result } = createServer();
    const [one, rest] = [new AbortController(), new AbortController()];
    const first = result('first', { signal: one.signal });
    const others = namesOf(30).map((name) => result(name, { signal: rest.signal }).catch(() => null));
    await pass(1_000);
    one.abort('enough');
    await expect(first).rejects.toBe('enough');
    await pass(0);
    expect(counts.polls).toBe(12);
    rest.abort();
    await Promise.all(others);
    expect(counts.polls).toBe(0);
  });
});

test('an abort of all waits at once begins no long poll', async () => {
  const { counts, result } = createServer();
  const stop = new AbortController();
  const waiting = namesOf(300).map((name) => result(name, { signal: stop.signal }).catch((error: unknown) => error));
  await pass(2_000);
  stop.abort('enough');
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['enough']));
  await pass(0);
  expect([counts.polls, counts.mostPolls]).toEqual([0, 20]);
});

describe('an outage', () => {
  test.each([1, 100])('is reported, and the result comes after it, for each of %i callers', async (count) => {
    const { server, counts, change, result, wake } = createServer();
    const troubles = namesOf(count).map((): unknown[] => []);
    const waiting = namesOf(count).map((name, index) =>
      result(name, { onTrouble: (error) => troubles[index]?.push(error) }),
    );
    await pass(1_000);
    server.reaches = false;
    server.list = false;
    wake();
    await pass(30_000);
    expect(troubles.filter((seen) => seen.length < 2 || seen.some((error) => error !== away))).toEqual([]);
    server.reaches = true;
    await pass(5_000);
    expect(troubles.filter((seen) => seen.filter((error) => error === null).length !== 1)).toEqual([]);
    for (const name of namesOf(count)) change(name, 'closed');
    await pass(15_000);
    expect(await Promise.all(waiting)).toHaveLength(count);
    expect(counts.lists.length > 0).toBe(count > 20);
  });

  test.each([1, 100])('ends the wait after the patience of each of %i callers', async (count) => {
    const { server, result, wake } = createServer();
    const waiting = namesOf(count).map((name) => result(name, { patienceMs: 20_000 }).catch((error: unknown) => error));
    await pass(1_000);
    server.reaches = false;
    wake();
    await pass(30_000);
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([away]));
  });

  test('is reported to a crowd at most once a second for each caller', async () => {
    const { server, result, wake } = createServer();
    const stop = new AbortController();
    const troubles = namesOf(100).map((): unknown[] => []);
    const waiting = namesOf(100).map((name, index) =>
      result(name, { signal: stop.signal, onTrouble: (error) => troubles[index]?.push(error) }).catch(() => null),
    );
    await pass(1_000);
    server.reaches = false;
    wake();
    await pass(20_000);
    const counts = troubles.map(({ length }) => length);
    expect([Math.min(...counts) >= 10, Math.max(...counts) <= 41]).toEqual([true, true]); // those of others, and its own
    stop.abort();
    await Promise.all(waiting);
    server.reaches = true;
    await pass(2_000);
    expect(troubles.map(({ length }) => length)).toEqual(counts); // nothing is reported to a caller who has left
  });

  test('that a caller knows only from others ends for it with the first answer to anyone', async () => {
    const { server, result, wake } = createServer();
    const stop = new AbortController();
    const troubles = namesOf(60).map((): unknown[] => []);
    const waiting = namesOf(60).map((name, index) =>
      result(name, { signal: stop.signal, onTrouble: (error) => troubles[index]?.push(error) }).catch(() => null),
    );
    await pass(1_000);
    server.reaches = false;
    wake();
    await pass(1_500);
    server.reaches = true;
    await pass(1_500); // Only the waits whose long poll failed are described in this time.
    expect(troubles.filter((seen) => seen.length < 2 || seen.indexOf(null) !== seen.length - 1)).toEqual([]);
    stop.abort();
    await Promise.all(waiting);
  });

  test('does not reach a caller who leaves while its request is open', async () => {
    const seen: unknown[] = [];
    const stop = new AbortController();
    const open: { fail: (error: unknown) => void; answer: () => void }[] = [];
    const request = () =>
      new Promise<never>((resolve, reject) => open.push({ fail: reject, answer: () => resolve({} as never) }));
    const observer = createObserver({
      list: async () => [],
      open: async () => [],
      abortable: (_signal, call) => call(),
    });
    const job = { workflowId: 'a', describe: request, outcome: request };
    const resultOf = () =>
      observer.result(job, { signal: stop.signal, onTrouble: (error) => seen.push(error) }).catch((error) => error);
    const waiting = [resultOf(), resultOf()];
    open[0]?.fail(away);
    await pass(1_500); // The first one is described now, and the other one has its long poll.
    stop.abort('enough');
    open[1]?.fail(away);
    open[2]?.answer();
    expect([await Promise.all(waiting), open.length, seen]).toEqual([['enough', 'enough'], 3, [away]]);
  });

  test('does not hide a refused credential, which ends all waits', async () => {
    const { change, result } = createServer();
    const names = namesOf(200);
    const waiting = names.map((name) => result(name).catch((error: unknown) => error));
    await pass(1_000);
    for (const name of names) change(name, denied);
    await pass(12_000);
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([denied]));
  });
});

test('an error of onTrouble ends only the wait of its caller', async () => {
  const { server, change, result, wake } = createServer();
  const ours = new TypeError('ours');
  const fails = result('a', {
    onTrouble: () => {
      throw ours;
    },
  }).catch((error: unknown) => error);
  const goesOn = result('b');
  server.reaches = false;
  wake();
  await pass(1);
  expect(await fails).toBe(ours);
  server.reaches = true;
  await pass(2_000);
  change('b', 'closed');
  expect(await goesOn).toEqual(outcomeOf('b'));
});

test('the requests of a caller run in the context of the caller', async () => {
  const storage = new AsyncLocalStorage<string>();
  const seen = new Map<string, Set<string | undefined>>();
  const observer = createObserver({
    list: async () => {
      seen.set('list', new Set([...(seen.get('list') ?? []), storage.getStore()]));
      return [];
    },
    open: async () => {
      seen.set('list', new Set([...(seen.get('list') ?? []), storage.getStore()]));
      return [];
    },
    abortable: (_signal, call) => call(),
  });
  const stop = new AbortController();
  const note = (id: string): void => void seen.set(id, new Set([...(seen.get(id) ?? []), storage.getStore()]));
  const waiting = namesOf(25).map((workflowId) => {
    const describeIt = async () => {
      note(workflowId);
      return { runId: 'run', firstRunId: 'run', status: 'RUNNING', closedAt: null };
    };
    const outcome = async (): Promise<never> => {
      note(workflowId);
      return new Promise(() => undefined);
    };
    const job = { workflowId, describe: describeIt, outcome };
    return storage.run(workflowId, () => observer.result(job, { signal: stop.signal })).catch(() => null);
  });
  await pass(15_000);
  stop.abort();
  await Promise.all(waiting);
  expect([...seen].filter(([id, contexts]) => [...contexts].join() !== (id === 'list' ? '' : id))).toEqual([]);
  expect(seen.size).toBe(26);
});
