import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ConnectionWatch, watchConnection } from '../../../src/worker-host/connection-watch.ts';

const MINUTE_MS = 60_000;
const DOWN = 'connection refused';

let trouble: string | null;
let lost: string[];
let asked: number;
let watch: ConnectionWatch | undefined;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  trouble = null;
  lost = [];
  asked = 0;
});

afterEach(() => {
  watch?.stop();
  vi.useRealTimers();
});

function start(lostAfterMs: number): ConnectionWatch {
  watch = watchConnection({
    ask: async () => {
      asked += 1;
      return trouble;
    },
    lostAfterMs,
    onLost: ({ message }) => lost.push(message),
  });
  return watch;
}

test('a server that answers stays connected', async () => {
  const { isConnected } = start(5 * MINUTE_MS);
  await vi.advanceTimersByTimeAsync(60 * MINUTE_MS);
  expect([isConnected(), lost]).toEqual([true, []]);
});

test('a silent server is unconnected after 25 s, and lost once, after the configured time', async () => {
  const { isConnected } = start(5 * MINUTE_MS);
  await vi.advanceTimersByTimeAsync(0);
  trouble = DOWN;
  await vi.advanceTimersByTimeAsync(24_999);
  expect(isConnected()).toBe(true);
  await vi.advanceTimersByTimeAsync(1);
  expect(isConnected()).toBe(false);
  await vi.advanceTimersByTimeAsync(5 * MINUTE_MS - 25_001);
  expect(lost).toEqual([]);
  await vi.advanceTimersByTimeAsync(60 * MINUTE_MS);
  expect(lost).toEqual([
    'Temporal has not answered for 300 s (connection refused). The worker ends, so that it can be started again: address, key and ' +
      'certificates are read at the start only. Nothing is lost; see JOBTRACK_LOST_AFTER_MS.',
  ]);
});

test('a server that answers again in time is not lost', async () => {
  const { isConnected } = start(5 * MINUTE_MS);
  await vi.advanceTimersByTimeAsync(0);
  trouble = DOWN;
  await vi.advanceTimersByTimeAsync(4 * MINUTE_MS);
  trouble = null;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(isConnected()).toBe(true);
  trouble = DOWN;
  await vi.advanceTimersByTimeAsync(4 * MINUTE_MS);
  expect(lost).toEqual([]);
});

test('zero waits forever', async () => {
  trouble = DOWN;
  start(0);
  await vi.advanceTimersByTimeAsync(24 * 60 * MINUTE_MS);
  expect(lost).toEqual([]);
});

test('after the stop no request is sent', async () => {
  start(5 * MINUTE_MS).stop();
  const before = asked;
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect(asked).toBe(before);
});
