import { countsUntilMs, fairIntervalMs, pollRatePerS } from '../polling/budget.ts';
import { ProviderError } from '../contract/failure.ts';
import {
  type Admission,
  type AdmissionRequest,
  admit,
  callEnded,
  type Deferral,
  INITIAL_ADMISSION,
  quotaUsedUp,
} from '../polling/admission.ts';
import { STUCK_MS } from '../polling/circuit-breaker.ts';
import { phaseOffsetOf } from '../polling/phase-offset.ts';
import type { Share } from '../polling/share.ts';

export class DeferredError extends Error {
  override readonly name = 'DeferredError';
  readonly deferral: Deferral;

  constructor(deferral: Deferral) {
    super(deferral.reason);
    this.deferral = deferral;
  }
}

export interface LimiterSetup {
  /** The account's present budget; null: none. */
  readonly budget: () => number | null;
  /** @returns what this worker may use of such a budget now */
  readonly shareOf: (budget: number) => Share;
  readonly holdMs: number;
  readonly now: () => number;
  readonly random: () => number;
}

export type AccountLimiter = ReturnType<typeof createAccountLimiter>;

/** Admits or defers the calls of one account at one worker: it knows pauses that the service asked for, outages, the budget, and the jobs. */
export function createAccountLimiter({ budget, shareOf, holdMs, now, random }: LimiterSetup) {
  const jobs = createJobCount(now);
  const calls = createPendingCalls(now);
  const ownHoldMs = (): number => (budget() === null ? holdMs : 0);
  let state = INITIAL_ADMISSION;
  const ask = (job: string, purpose: AdmissionRequest['purpose']): Admission => {
    const stuckJobs = calls.stuckJobs(state.answeredAtMs ?? 0);
    const requestsPerMinute = budget();
    const share = requestsPerMinute === null ? null : shareOf(requestsPerMinute);
    const facts = { nowMs: now(), purpose, share, jobs: jobs.count(), stuckJobs };
    const asked = admit(state, { ...facts, phaseOffset: phaseOffsetOf(job), chance: random(), holdMs: ownHoldMs() });
    state = asked.state;
    return asked.admission;
  };
  const end = (call: Call, error: ProviderError | null): void => {
    const failure = error && { kind: error.kind, message: error.message, retryAfterMs: error.retryAfterMs };
    state = callEnded(state, { ...call, nowMs: now(), jobs: jobs.count(), failure });
  };
  return {
    /**
     * Makes a call, if it may go out now.
     * @param job the workflow's id
     * @throws DeferredError no request was made
     */
    through: async <Value>(job: string, purpose: AdmissionRequest['purpose'], work: () => Promise<Value>) => {
      const admission = ask(job, purpose);
      if (!admission.admitted) throw new DeferredError(admission);
      return calls.track(job, work, end);
    },
    /** The rate headers of an answer allow no call for so long, ms. */
    quotaUsedUp: (forMs: number) => {
      state = quotaUsedUp(state, forMs, now());
    },
    /** A job will be polled again after this interval, ms; null: it has ended. */
    follow: jobs.note,
    /**
     * @param lateMs how long the last poll waited in the queue. The interval is shortened by a part of it, or both would add up
     * @returns the least interval until a job's next poll, ms; 0 without a budget
     */
    leastIntervalMs: (lateMs: number) => {
      const requestsPerMinute = budget();
      if (requestsPerMinute === null) return 0;
      const fairMs = fairIntervalMs(jobs.count(), pollRatePerS(requestsPerMinute), random());
      return Math.round(fairMs - Math.min(lateMs, fairMs / 4));
    },
    breaker: () => state.breaker.state,
    /** @returns the longest interval that this worker waits out, ms; 0 with a budget, so that all workers poll the account's jobs in turn */
    holdMs: ownHoldMs,
  };
}

interface Call {
  readonly job: string;
  readonly begunAtMs: number;
}

function createPendingCalls(now: () => number) {
  const pending = new Set<Call>(); // in the order in which they began
  return {
    /** Makes a call, and says how it ended: well, or with an error of the service. */
    track: async <Value>(
      job: string,
      work: () => Promise<Value>,
      onEnd: (call: Call, error: ProviderError | null) => void,
    ) => {
      const call = { job, begunAtMs: now() };
      pending.add(call);
      try {
        const value = await work();
        onEnd(call, null);
        return value;
      } catch (error) {
        if (error instanceof ProviderError) onEnd(call, error);
        throw error;
      } finally {
        pending.delete(call);
      }
    },
    /** @returns how many jobs have a call that began after `answeredAtMs` and has had no answer for too long */
    stuckJobs: (answeredAtMs: number) => {
      const sinceMs = now() - STUCK_MS;
      const stuck = new Set<string>();
      for (const { job, begunAtMs } of pending) {
        if (begunAtMs > sinceMs) break; // thousands may be pending
        if (begunAtMs > answeredAtMs) stuck.add(job);
      }
      return stuck.size;
    },
  };
}

const PRUNE_MS = 1_000;

/** Estimates how many jobs share an account: those that this worker has polled recently. */
function createJobCount(now: () => number) {
  const until = new Map<string, number>();
  let prunedAtMs = 0;
  return {
    note: (job: string, intervalMs: number | null) => {
      if (intervalMs === null) until.delete(job);
      else until.set(job, countsUntilMs(now(), intervalMs));
    },
    count: () => {
      const nowMs = now();
      if (nowMs - prunedAtMs >= PRUNE_MS) {
        for (const [job, untilMs] of until) if (untilMs <= nowMs) until.delete(job);
        prunedAtMs = nowMs;
      }
      return until.size;
    },
  };
}
