import type { FailureKind } from '../contract/failure.ts';

/** Whether a service is up, as the calls of one account see it. Times in ms. */
export interface CircuitBreaker {
  /** The last answer of any kind; null: none yet. */
  readonly answeredAtMs: number | null;
  /** Calls that failed `unavailable` since then. */
  readonly failing: Failing | null;
  readonly breaker: BreakerState;
}

interface Failing {
  readonly sinceMs: number;
  readonly calls: number;
  /** At most as many names as the breaker needs. */
  readonly jobs: readonly string[];
  readonly message: string;
}

type BreakerState =
  | { readonly state: 'closed' }
  | { readonly state: 'open'; readonly sinceMs: number; readonly probedAtMs: number; readonly message: string }
  /** The service answers again: its jobs are polled one after the other. */
  | { readonly state: 'recovering'; readonly sinceMs: number; readonly spreadMs: number };

export const CLOSED: CircuitBreaker = { answeredAtMs: null, failing: null, breaker: { state: 'closed' } };

/** The breaker opens after so many failed calls of so many jobs, over so long: a few broken jobs are no outage. */
const OPENS_AFTER = { calls: 5, jobs: 3, overMs: 5_000 };

/** While the breaker is open, one poll goes out so often. A little over 5 s, because requests take time. */
export const PROBE_MS = 5_200;

/** If calls of several jobs have no answer for so long, this is an outage, too. */
export const STUCK_MS = 8_000;

const OUTAGE_WAIT_MS = 30_000;
const OUTAGE_HOLD_MS = 10_000;
const SPREAD_PER_JOB_MS = 50;
const SPREAD_MAX_MS = 30_000;

/** @returns over how long so many jobs are spread after a pause or an outage, ms */
export function spreadMsOf(jobs: number): number {
  return Math.min(jobs * SPREAD_PER_JOB_MS, SPREAD_MAX_MS);
}

/** @returns the breaker as it is now: it opens if calls are stuck, and closes when all jobs are back */
export function breakerNow({ breaker, failing }: CircuitBreaker, nowMs: number, stuckJobs: number): BreakerState {
  if (breaker.state !== 'open' && stuckJobs >= OPENS_AFTER.jobs) {
    const message = failing?.message ?? `no answer for ${STUCK_MS / 1_000} s`;
    return { state: 'open', sinceMs: failing?.sinceMs ?? nowMs - STUCK_MS, probedAtMs: nowMs, message };
  }
  const isRecovered = breaker.state === 'recovering' && nowMs >= breaker.sinceMs + breaker.spreadMs;
  return isRecovered ? { state: 'closed' } : breaker;
}

/**
 * How long a job waits before it asks again whether an outage is over, ms. A worker that holds can ask often, because that costs nothing.
 * Otherwise the server starts a new attempt, which costs 14 ms of CPU.
 */
export function outageWaitMs(holdMs: number, chance: number): number {
  const longestMs = holdMs >= 5_000 ? Math.min(holdMs, OUTAGE_HOLD_MS) : OUTAGE_WAIT_MS;
  return Math.round(longestMs * (0.5 + chance / 2));
}

export interface CallEnd {
  readonly nowMs: number;
  readonly begunAtMs: number;
  readonly job: string;
  /** Jobs that share the account. */
  readonly jobs: number;
  /** null: the service answered well. */
  readonly failure: {
    readonly kind: FailureKind;
    readonly message: string;
    readonly retryAfterMs: number | null;
  } | null;
}

/** Notes how a call ended. Any answer of the service, even a refusal, shows that it is up. */
export function breakerCallEnded(before: CircuitBreaker, end: CallEnd): CircuitBreaker {
  if (end.failure?.kind === 'unavailable') return failed(before, end, end.failure.message);
  const { breaker } = before;
  const recovering = { state: 'recovering', sinceMs: end.nowMs, spreadMs: spreadMsOf(end.jobs) } as const;
  return { failing: null, answeredAtMs: end.nowMs, breaker: breaker.state === 'open' ? recovering : breaker };
}

function failed(before: CircuitBreaker, end: CallEnd, message: string): CircuitBreaker {
  const { answeredAtMs, breaker } = before;
  // The call began before the last answer: the outage that it met is over.
  if (answeredAtMs !== null && end.begunAtMs <= answeredAtMs) return { answeredAtMs, failing: before.failing, breaker };
  const known = before.failing ?? { sinceMs: end.begunAtMs, calls: 0, jobs: [] as string[] };
  const jobs = known.jobs.includes(end.job) ? known.jobs : [...known.jobs, end.job].slice(0, OPENS_AFTER.jobs);
  const failing: Failing = { sinceMs: known.sinceMs, calls: known.calls + 1, jobs, message };
  if (breaker.state === 'open') return { answeredAtMs, failing, breaker: { ...breaker, message } };
  const isMany = failing.calls >= OPENS_AFTER.calls && jobs.length >= OPENS_AFTER.jobs;
  const isDown = isMany && end.nowMs - failing.sinceMs >= OPENS_AFTER.overMs;
  const open = { state: 'open', sinceMs: failing.sinceMs, probedAtMs: end.nowMs, message } as const;
  return { answeredAtMs, failing, breaker: isDown ? open : breaker };
}
