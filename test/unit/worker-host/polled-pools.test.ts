import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPolledPools, MOST_POOLS } from '../../../src/worker-host/polled-pools.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** Pools of a group in the given state. `failures`: so often the creation of workers fails. */
function pools({ state = 'running', failures = 0 }: { state?: 'new' | 'running' | 'ending'; failures?: number } = {}) {
  const left = { failures };
  const created: string[] = [];
  const joined: string[] = [];
  const log: string[] = [];
  const createFor = async (pool: string): Promise<[]> => {
    created.push(pool);
    if (left.failures-- > 0) throw new Error('the server is away');
    return [];
  };
  const note = (text: string): void => void log.push(text);
  const group = { add: () => undefined, state: () => state };
  const onJoined = (pool: string): void => void joined.push(pool);
  return {
    ...createPolledPools({ group, createFor, onJoined, log: { warn: note, info: note } }),
    created,
    joined,
    log,
  };
}

test('a pool is polled once, however often an account of it comes', async () => {
  const { create, poll, created, joined, polled, trouble } = pools();
  await create(['shared']);
  for (const pool of ['shared', 'emea', 'emea']) poll(pool);
  await vi.advanceTimersByTimeAsync(0);
  expect([created, joined, polled(), trouble()]).toEqual([['shared', 'emea'], ['emea'], ['shared', 'emea'], null]);
});

test('if the workers of a pool cannot be created, they are tried again every 5 s, and the status says so', async () => {
  const { poll, created, polled, trouble } = pools({ failures: 2 });
  poll('emea');
  await vi.advanceTimersByTimeAsync(4_999);
  expect([created.length, polled(), trouble()]).toEqual([
    1,
    [],
    'does not poll every pool of its accounts: emea: the server is away',
  ]);
  await vi.advanceTimersByTimeAsync(5_001);
  expect([created.length, polled(), trouble()]).toEqual([3, ['emea'], null]);
});

test('a worker that ends tries no more', async () => {
  const { poll, created } = pools({ state: 'ending', failures: 2 });
  poll('emea');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(created.length).toBe(1);
});

test('a worker polls a bounded number of pools, and names those that others must poll', async () => {
  const { poll, polled, trouble } = pools();
  for (let nth = 0; nth < MOST_POOLS + 1_000; nth += 1) poll(`p${nth}`);
  await vi.advanceTimersByTimeAsync(0);
  expect(polled().length).toBe(MOST_POOLS);
  expect(trouble()).toContain(`a worker polls at most ${MOST_POOLS}, so others must poll p${MOST_POOLS},`);
  expect(trouble()?.length).toBeLessThan(1_000);
});
