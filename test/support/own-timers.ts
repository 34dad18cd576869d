import { afterEach, beforeEach, expect, vi } from 'vitest';

/** Counts timers of the code under test. */
interface OwnTimers {
  /** @returns how many of them are set now */
  count: () => number;
  /** Puts the real timers back. */
  stop: () => void;
}

/**
 * Fakes all timers, and counts those that code in this folder sets. `vi.getTimerCount` also counts timers of other tests in the same
 * process: a request that they no longer wait for may still be under way.
 * @param folder a part of the path, such as `src/client-library`
 */
function fakeOwnTimers(folder: string): OwnTimers {
  vi.useFakeTimers();
  const set = new Set<unknown>();
  const { setTimeout: fake, clearTimeout: clear } = globalThis;
  const counted = (callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]): NodeJS.Timeout => {
    const timer = fake(() => {
      set.delete(timer);
      callback(...args);
    }, ms);
    if (new Error('who sets it').stack?.includes(folder) === true) set.add(timer);
    return timer;
  };
  globalThis.setTimeout = counted as typeof setTimeout;
  globalThis.clearTimeout = ((timer: NodeJS.Timeout | undefined) => {
    set.delete(timer);
    clear(timer);
  }) as typeof clearTimeout;
  const stop = (): void => {
    // `vi.useRealTimers` deletes a function that it did not put there.
    Object.assign(globalThis, { setTimeout: fake, clearTimeout: clear });
    vi.useRealTimers();
  };
  return { count: () => set.size, stop };
}

/**
 * Fakes all timers in each test of a file, and checks after it that the code in this folder keeps none.
 * @returns a function that says how many it has set now
 */
export function checkOwnTimers(folder: string): () => number {
  let timers: OwnTimers | null = null;
  beforeEach(() => {
    timers = fakeOwnTimers(folder);
  });
  afterEach(() => {
    const left = timers?.count();
    timers?.stop();
    expect(left).toBe(0);
  });
  return () => timers?.count() ?? 0;
}
