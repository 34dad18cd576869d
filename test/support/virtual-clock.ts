import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { performance } from 'node:perf_hooks';
import { answersInTurn } from './answers-in-turn.ts';
import { aroundAttempts } from './around-attempts.ts';

/** The time of a time-skipping server, as its activities see it; the simulators live by it too. */
export interface VirtualClock {
  now: () => number;
  /** Asks the server, for time that was skipped is known to it alone. */
  synchronise: () => Promise<number>;
  activityInterceptors: ActivityInterceptorsFactory[];
}

/**
 * The clock is set at the begin of each attempt. `currentAttemptScheduledTimestampMs` would not do: on the time-skipping server
 * 1.38.0 it says when a retry was put on the timer, not when it was due.
 */
export async function createVirtualClock(serverTimeMs: () => Promise<number>): Promise<VirtualClock> {
  let base = { serverMs: await serverTimeMs(), hereMs: performance.now() };
  const now = (): number => Math.round(base.serverMs + performance.now() - base.hereMs);
  const synchronise = async (): Promise<number> => {
    const serverMs = Math.max(await serverTimeMs(), now()); // never backwards
    base = { serverMs, hereMs: performance.now() };
    return serverMs;
  };
  const setClock = aroundAttempts(async (attempt) => {
    // The server's clock stands while an attempt runs: what passes here meanwhile is milliseconds.
    await synchronise();
    return attempt();
  });
  return { now, synchronise, activityInterceptors: [setClock, answersInTurn()] };
}
