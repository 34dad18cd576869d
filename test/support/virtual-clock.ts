import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { performance } from 'node:perf_hooks';
import { answersInTurn } from './answers-in-turn.ts';
import { aroundAttempts } from './around-attempts.ts';

/** The time of a time-skipping server, as its activities see it. The simulators use it too. */
export interface VirtualClock {
  now: () => number;
  /** Asks the server for its time, because only the server knows the skipped time. */
  synchronise: () => Promise<number>;
  activityInterceptors: ActivityInterceptorsFactory[];
}

/**
 * The clock is set at the start of each attempt. `currentAttemptScheduledTimestampMs` is not usable: on the time-skipping server
 * 1.38.0 it is the time when the retry timer was started, not the time when the retry was due.
 */
export async function createVirtualClock(serverTimeMs: () => Promise<number>): Promise<VirtualClock> {
  let base = { serverMs: await serverTimeMs(), hereMs: performance.now() };
  const now = (): number => Math.round(base.serverMs + performance.now() - base.hereMs);
  const synchronise = async (): Promise<number> => {
    const serverMs = Math.max(await serverTimeMs(), now()); // the clock never goes back
    base = { serverMs, hereMs: performance.now() };
    return serverMs;
  };
  const setClock = aroundAttempts(async (attempt) => {
    // The server's clock stands still while an attempt runs. Here only milliseconds pass in this time.
    await synchronise();
    return attempt();
  });
  return { now, synchronise, activityInterceptors: [setClock, answersInTurn()] };
}
