import { getEventListeners } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { type JobProgress, UnreachableError } from '../../../../src/client.ts';
import { watchJob, type WatchOptions } from '../../../../src/client-library/watch.ts';
import { seenOf } from '../../../../src/client-library/watching/attributes.ts';
import { createLooks } from '../../../../src/client-library/watching/looks.ts';
import { checkOwnTimers } from '../../../support/own-timers.ts';

const away = new UnreachableError('worker', 'no worker answers', { hint: 'start one' });

/** Jobs whose progress the test changes, and a count of the requests. */
function createServer() {
  const progressOf = new Map<string, JobProgress>();
  const counts = { looks: 0, looking: 0, mostLooking: 0, lists: 0 };
  const server = {
    list: true,
    takesMs: 0,
    fails: new Map<string, unknown>(),
    reaches: true,
  };
  const first = {
    version: 1,
    state: 'running',
    progress: 0,
    health: { status: 'ok' },
    outcome: null,
    polls: 1,
  };
  const jobOf = (id: string): JobProgress => progressOf.get(id) ?? (first as JobProgress);
  const looks = createLooks(async (ids) => {
    counts.lists += 1;
    if (!server.list) throw new Error('no visibility');
    return new Map(ids.map((id) => [id, jobOf(id).outcome === null ? seenOf(jobOf(id)) : 'absent']));
  });
  const look = async (id: string) => {
    counts.looks += 1;
    counts.looking += 1;
    counts.mostLooking = Math.max(counts.mostLooking, counts.looking);
    await new Promise<void>((resolve) => (server.takesMs === 0 ? resolve() : setTimeout(resolve, server.takesMs)));
    counts.looking -= 1;
    if (!server.reaches) throw away;
    if (server.fails.has(id)) throw server.fails.get(id);
    return { progress: jobOf(id), status: 'RUNNING' };
  };
  const result = (): never => expect.unreachable();
  const watch = (workflowId: string, options?: WatchOptions) =>
    watchJob({ workflowId, looks, look: () => look(workflowId), result }, options);
  const change = (id: string, changes: Partial<JobProgress>): void => {
    progressOf.set(id, { ...jobOf(id), version: jobOf(id).version + 1, ...changes });
  };
  return { server, counts, watch, change };
}

type Server = ReturnType<typeof createServer>;

/** Watches jobs until their ends. @returns the versions that each has shown, and the errors */
function watchAll({ watch }: Server, names: readonly string[], options: (index: number) => WatchOptions = () => ({})) {
  const seen = names.map((): unknown[] => []);
  const all = names.map(async (name, index) => {
    try {
      for await (const { version } of watch(name, options(index))) seen[index]?.push(version);
    } catch (error) {
      seen[index]?.push(error);
    }
  });
  return { seen, ends: Promise.all(all) };
}

const namesOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `job-${index}`);
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const ended = { outcome: {} } as Partial<JobProgress>;

// No timer is kept when no one watches.
checkOwnTimers('src/client-library');

test('one job is looked at once a second, and nothing is listed', async () => {
  const server = createServer();
  const { seen, ends } = watchAll(server, ['a']);
  await pass(5_500);
  expect([server.counts.looks, server.counts.lists]).toEqual([6, 0]);
  server.change('a', {});
  await pass(1_000);
  server.change('a', ended);
  await pass(1_000);
  await ends;
  expect(seen).toEqual([[1, 2, 3]]);
});

test('three hundred jobs are looked at only when they change, and each shows its changes in order', async () => {
  const server = createServer();
  const names = namesOf(300);
  const { seen, ends } = watchAll(server, names);
  await pass(1_000);
  expect(server.counts).toMatchObject({ looks: 300, mostLooking: 10 });
  server.change('job-7', { progress: 10 });
  await pass(1_300);
  expect([server.counts.looks, seen[7], seen[8]]).toEqual([301, [1, 2], [1]]);
  for (const name of names) server.change(name, ended);
  await pass(2_500);
  await ends;
  expect(seen.filter((versions, index) => versions.at(-1) !== (index === 7 ? 3 : 2))).toEqual([]);
  expect(server.counts.lists).toBeLessThanOrEqual(12); // Two parts in each round.
});

test('a change that no attribute shows is seen by the rotation', async () => {
  const server = createServer();
  const { seen, ends } = watchAll(server, namesOf(60));
  await pass(1_000);
  for (const name of namesOf(60)) server.change(name, {});
  await pass(17_000);
  expect(seen.filter((versions) => versions.length !== 2)).toEqual([]);
  for (const name of namesOf(60)) server.change(name, ended);
  await pass(2_500);
  await ends;
});

test('without a list, the rotation finds each change and end', async () => {
  const server = createServer();
  server.server.list = false;
  const { seen, ends } = watchAll(server, namesOf(40));
  await pass(3_000);
  for (const name of namesOf(40)) server.change(name, ended);
  await pass(6_000);
  await ends;
  expect([seen.every((versions) => versions.at(-1) === 2), server.counts.lists]).toEqual([true, 1]);
});

test('callers who share a signal have one listener, and all leave at once without a look', async () => {
  const server = createServer();
  const stop = new AbortController();
  const { ends } = watchAll(server, namesOf(50), () => ({ signal: stop.signal, everyMs: 1 }));
  await pass(2_000);
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
  const { looks } = server.counts;
  stop.abort();
  await ends;
  expect([server.counts.looks, getEventListeners(stop.signal, 'abort')]).toEqual([looks, []]);
});

test('a caller who wants a look every two months makes one', async () => {
  const server = createServer();
  const stop = new AbortController();
  const { ends } = watchAll(server, ['a'], () => ({ signal: stop.signal, everyMs: 60 * 24 * 3_600_000 }));
  await pass(10_000);
  expect(server.counts.looks).toBe(1);
  stop.abort();
  await ends;
});

test('a signal that has aborted before makes no look', async () => {
  const server = createServer();
  await watchAll(server, ['a'], () => ({ signal: AbortSignal.abort() })).ends;
  expect(server.counts.looks).toBe(0);
});

test.each([new Error('ended'), new Map()])(
  'a list that nobody needs any more is ended, and its answer (%s) does not matter to the next one',
  async (answer) => {
    const lists: { signal: AbortSignal; settle: (answer: Error | Map<string, string>) => void }[] = [];
    const looks = createLooks(
      (_ids, signal) =>
        new Promise((resolve, reject) => {
          lists.push({ signal, settle: (value) => (value instanceof Error ? reject(value) : resolve(value)) });
        }),
    );
    const progress = { version: 1, outcome: null, health: { status: 'ok' } } as JobProgress;
    const crowd = (signal: AbortSignal) =>
      namesOf(30).map(async (workflowId) => {
        const result = (): never => expect.unreachable();
        const job = { workflowId, looks, look: async () => ({ progress, status: 'RUNNING' }), result };
        for await (const { version } of watchJob(job, { signal })) expect(version).toBe(1);
      });
    const [first, second] = [new AbortController(), new AbortController()];
    const leaving = Promise.all(crowd(first.signal));
    await pass(1_000);
    first.abort();
    await leaving;
    expect(lists.map(({ signal }) => signal.aborted)).toEqual([true]);
    const waiting = Promise.all(crowd(second.signal));
    await pass(1_000);
    lists[0]?.settle(answer);
    await pass(1_500);
    expect(lists.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    lists[1]?.settle(new Map());
    await pass(500);
    expect(lists).toHaveLength(3);
    second.abort();
    await waiting;
  },
);

test('a signal that aborts between two looks ends the watch at once', async () => {
  const server = createServer();
  const stop = new AbortController();
  for await (const { version } of server.watch('a', { signal: stop.signal })) stop.abort(version);
  expect([server.counts.looks, stop.signal.reason]).toEqual([1, 1]);
});

test('a list that works again after a failure spares the looks of the rotation', async () => {
  const server = createServer();
  server.server.list = false;
  const { ends } = watchAll(server, namesOf(20));
  await pass(5_000);
  server.server.list = true;
  await pass(7_000);
  const { looks } = server.counts;
  await pass(7_000);
  expect(server.counts.looks - looks).toBeLessThanOrEqual(20);
  for (const name of namesOf(20)) server.change(name, ended);
  await pass(3_000);
  await ends;
});

test('a caller who breaks its loop costs nothing any more', async () => {
  const server = createServer();
  for await (const { version } of server.watch('a')) {
    expect(version).toBe(1);
    break;
  }
  await pass(5_000);
  expect(server.counts.looks).toBe(1);
});

describe('an outage', () => {
  test.each([1, 100])('is reported, and the watch goes on after it, for each of %i callers', async (count) => {
    const server = createServer();
    const troubles = namesOf(count).map((): unknown[] => []);
    const { seen, ends } = watchAll(server, namesOf(count), (index) => ({
      onTrouble: (error) => troubles[index]?.push(error),
    }));
    await pass(1_000);
    server.server.reaches = false;
    server.server.takesMs = 8_000; // A query that no worker answers takes this long.
    await pass(45_000);
    expect(troubles.filter((one) => one.length < 2 || one.some((error) => error !== away))).toEqual([]);
    server.server.reaches = true;
    server.server.takesMs = 0;
    await pass(8_500);
    expect(troubles.filter((one) => one.at(-1) !== null)).toEqual([]);
    for (const name of namesOf(count)) server.change(name, ended);
    await pass(15_000);
    await ends;
    expect(seen).toEqual(namesOf(count).map(() => [1, 2]));
  });

  test.each([1, 100])('ends the watch after the patience of each of %i callers', async (count) => {
    const server = createServer();
    const { seen, ends } = watchAll(server, namesOf(count), () => ({ patienceMs: 20_000 }));
    await pass(1_000);
    server.server.reaches = false;
    await pass(45_000);
    await ends;
    expect(seen.filter((versions) => versions.length !== 2 || versions.at(-1) !== away)).toEqual([]);
  });

  test('is reported to a crowd at most once a second, and its end with the first answer to anyone', async () => {
    const server = createServer();
    const troubles = namesOf(200).map((): unknown[] => []);
    const { ends } = watchAll(server, namesOf(200), (index) => ({
      onTrouble: (error) => troubles[index]?.push(error),
    }));
    await pass(2_000);
    server.server.reaches = false;
    server.server.takesMs = 2_000;
    await pass(20_000);
    const most = Math.max(...troubles.map(({ length }) => length));
    expect([most <= 20, troubles.every(({ length }) => length > 0)]).toEqual([true, true]);
    server.server.reaches = true;
    await pass(2_500); // Ten looks at a time, of 2 s each.
    expect(troubles.filter((one) => one.at(-1) !== null).length).toBeLessThanOrEqual(10);
    server.server.takesMs = 0;
    for (const name of namesOf(200)) server.change(name, ended);
    await pass(20_000);
    await ends;
  });

  test('of a few jobs at different times is not reported to the others', async () => {
    const server = createServer();
    const troubles = namesOf(40).map((): unknown[] => []);
    const { ends } = watchAll(server, namesOf(40), (index) => ({
      onTrouble: (error) => troubles[index]?.push(error),
    }));
    for (let round = 0; round < 4; round++) {
      for (const name of namesOf(5)) server.server.fails.set(`job-${round * 5 + Number(name.slice(4))}`, away);
      await pass(12_000);
      server.server.fails.clear();
      await pass(12_000);
    }
    expect(troubles.slice(20).flat()).toEqual([]);
    for (const name of namesOf(40)) server.change(name, ended);
    await pass(3_000);
    await ends;
  });

  test('that a caller knows from others ends only the watch whose onTrouble fails', async () => {
    const server = createServer();
    const ours = new TypeError('ours');
    const onTrouble = (): never => {
      throw ours;
    };
    const { seen, ends } = watchAll(server, namesOf(60), (index) => (index === 59 ? { onTrouble } : {}));
    await pass(1_000);
    server.server.reaches = false;
    server.server.takesMs = 8_000;
    await pass(30_000);
    expect(seen.map((versions) => versions.at(-1))).toEqual(namesOf(60).map((_, index) => (index === 59 ? ours : 1)));
    server.server.reaches = true;
    server.server.takesMs = 0;
    for (const name of namesOf(60)) server.change(name, ended);
    await pass(20_000);
    await ends;
  });

  test('of one job alone is not reported to the others, and does not hold them up', async () => {
    const server = createServer();
    server.server.fails.set('job-0', away);
    const troubles = namesOf(60).map((): unknown[] => []);
    const { seen, ends } = watchAll(server, namesOf(60), (index) => ({
      onTrouble: (error) => troubles[index]?.push(error),
      patienceMs: 60_000,
    }));
    await pass(10_000);
    for (const name of namesOf(60)) server.change(name, ended);
    await pass(70_000);
    await ends;
    expect(seen.slice(1).every((versions) => versions.at(-1) === 2)).toBe(true);
    expect([seen[0], troubles.slice(1).flat()]).toEqual([[away], []]);
  });
});

test('a permanent error, and an error of onTrouble, end only the watch of their caller', async () => {
  const server = createServer();
  const [denied, ours] = [new TypeError('denied'), new TypeError('ours')];
  server.server.fails.set('job-0', denied);
  server.server.fails.set('job-1', away);
  const onTrouble = (): never => {
    throw ours;
  };
  const { seen, ends } = watchAll(server, namesOf(30), (index) => (index === 1 ? { onTrouble } : {}));
  await pass(2_000);
  for (const name of namesOf(30)) server.change(name, ended);
  await pass(3_000);
  await ends;
  expect([seen[0], seen[1], seen.slice(2).every((versions) => versions.at(-1) === 2)]).toEqual([
    [denied],
    [ours],
    true,
  ]);
});
