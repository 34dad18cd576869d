import { countsUntilMs, fairIntervalMs, statusRatePerS } from '../polling/budget.ts';
import { ProviderError } from '../contract/failure.ts';
import type { Admission, Gate, GateAsk } from '../polling/gate.ts';
import { admit, callEnded, OPEN_GATE, quotaUsedUp, STUCK_MS } from '../polling/gate.ts';
import type { HeldBack } from '../polling/held.ts';
import { placeOf } from '../polling/place.ts';

/** What one worker knows of an account, for all of its jobs: pauses that the service asked for, an outage, the budget, how many share it. */
export interface AccountGate {
  /**
   * Makes a call, if it may go out now.
   * @param job the workflow's id
   * @throws HeldBackError no request was made
   */
  readonly through: <Value>(job: string, purpose: GateAsk['purpose'], call: () => Promise<Value>) => Promise<Value>;
  /** An answer's rate headers leave no call for so long, ms. */
  readonly quotaUsedUp: (holdMs: number) => void;
  /** A job is to be polled again after this interval; null: it has ended. */
  readonly follow: (job: string, intervalMs: number | null) => void;
  /**
   * @param lateMs how long the poll before waited in the queue: a part of that counts, or queue and interval would add up
   * @returns the least interval until a job's next poll, ms; 0 without a budget
   */
  readonly leastIntervalMs: (lateMs: number) => number;
  readonly breaker: () => Gate['breaker']['state'];
  /** How long intervals may be held here, ms; 0 with a budget: the server keeps the rate. */
  readonly holdMs: number;
}

export class HeldBackError extends Error {
  override readonly name = 'HeldBackError';
  readonly held: HeldBack;

  constructor(held: HeldBack) {
    super(held.reason);
    this.held = held;
  }
}

export interface GateSetup {
  readonly requestsPerMinute: number | null;
  readonly holdMs: number;
  readonly now: () => number;
  readonly random: () => number;
}

export function createAccountGate({ requestsPerMinute, holdMs, now, random }: GateSetup): AccountGate {
  const jobs = createJobCount(now);
  const pending = new Set<{ job: string; begunAtMs: number }>();
  const ownHoldMs = requestsPerMinute === null ? holdMs : 0;
  let gate = OPEN_GATE;
  const stuckJobs = (): number => {
    const sinceMs = now() - STUCK_MS;
    const stuck = new Set<string>();
    for (const { job, begunAtMs } of pending) {
      if (begunAtMs > sinceMs) break; // they stand in the order in which they began
      if (begunAtMs > (gate.answeredAtMs ?? 0)) stuck.add(job);
    }
    return stuck.size;
  };
  const ask = (job: string, purpose: GateAsk['purpose']): Admission => {
    const facts = { nowMs: now(), purpose, budget: requestsPerMinute, jobs: jobs.count(), stuckJobs: stuckJobs() };
    const asked = admit(gate, { ...facts, place: placeOf(job), chance: random(), holdMs: ownHoldMs });
    gate = asked.gate;
    return asked.admission;
  };
  const end = (call: { job: string; begunAtMs: number }, error: ProviderError | null): void => {
    const failure = error && { kind: error.kind, message: error.message, retryAfterMs: error.retryAfterMs };
    gate = callEnded(gate, { ...call, nowMs: now(), jobs: jobs.count(), failure });
  };
  return {
    through: async (job, purpose, work) => {
      const admission = ask(job, purpose);
      if (!admission.admitted) throw new HeldBackError(admission);
      const call = { job, begunAtMs: now() };
      pending.add(call);
      try {
        const value = await work();
        end(call, null);
        return value;
      } catch (error) {
        if (error instanceof ProviderError) end(call, error);
        throw error;
      } finally {
        pending.delete(call);
      }
    },
    quotaUsedUp: (forMs) => {
      gate = quotaUsedUp(gate, forMs, now());
    },
    follow: jobs.note,
    leastIntervalMs: (lateMs) => {
      if (requestsPerMinute === null) return 0;
      const fairMs = fairIntervalMs(jobs.count(), statusRatePerS(requestsPerMinute), random());
      return Math.round(fairMs - Math.min(lateMs, fairMs / 4));
    },
    breaker: () => gate.breaker.state,
    holdMs: ownHoldMs,
  };
}

const PRUNE_MS = 1_000;

/** Estimates how many jobs share an account from those whose polls were seen here of late. */
function createJobCount(now: () => number): { note: AccountGate['follow']; count: () => number } {
  const until = new Map<string, number>();
  let prunedAtMs = 0;
  return {
    note: (job, intervalMs) => {
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
