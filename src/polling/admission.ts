import type { FailureKind } from '../contract/failure.ts';
import { isoTime } from '../contract/json.ts';
import { BUDGET_WINDOW_MS, pollsPerWindow } from './budget.ts';

/** What one worker knows of an account, to decide whether a call may go out now. Times in ms. */
export interface AdmissionState {
  /** A pause that the service asked for. `kind` null: nothing failed, the quota is used up. */
  readonly pause: { readonly untilMs: number; readonly kind: FailureKind | null; readonly reason: string } | null;
  /** Answers 429 in a row. */
  readonly limitedInRow: number;
  /** The last answer of any kind; null: none yet. */
  readonly answeredAtMs: number | null;
  /** Calls that failed `unavailable` since then. */
  readonly failing: Failing | null;
  readonly breaker: Breaker;
  /** When the calls of the last minute went out; empty without a budget. */
  readonly sentAtMs: readonly number[];
}

interface Failing {
  readonly sinceMs: number;
  readonly calls: number;
  /** At most as many names as the breaker needs. */
  readonly jobs: readonly string[];
  readonly message: string;
}

type Breaker =
  | { readonly state: 'closed' }
  | { readonly state: 'open'; readonly sinceMs: number; readonly probedAtMs: number; readonly message: string }
  /** The service answers again: its jobs are polled one after the other. */
  | { readonly state: 'recovering'; readonly sinceMs: number; readonly spreadMs: number };

export const INITIAL_ADMISSION: AdmissionState = {
  pause: null,
  limitedInRow: 0,
  answeredAtMs: null,
  failing: null,
  breaker: { state: 'closed' },
  sentAtMs: [],
};

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

const LIMITED_FIRST_MS = 1_000;

const LIMITED_MAX_MS = 60_000;

export interface AdmissionRequest {
  readonly nowMs: number;
  readonly purpose: 'poll' | 'cancel';
  /** Requests per minute; null: no budget. */
  readonly budget: number | null;
  /** Jobs that share the account. */
  readonly jobs: number;
  /** Jobs whose call has no answer for `STUCK_MS`, while no other call has one either. */
  readonly stuckJobs: number;
  /** The phase offset of the job, in [0, 1). */
  readonly phaseOffset: number;
  /** In [0, 1), for jitter. */
  readonly chance: number;
  /** The worker waits out intervals up to this, ms. */
  readonly holdMs: number;
}

/** `kind` null: the call is too early, but nothing failed. */
export type Admission =
  | { readonly admitted: true }
  | {
      readonly admitted: false;
      readonly kind: FailureKind | null;
      readonly waitMs: number;
      readonly reason: string;
    };

/** Asks whether one call may go out now. An outage does not defer a cancel: it is retried until it reaches the service (I4). */
export function admit(before: AdmissionState, ask: AdmissionRequest): { state: AdmissionState; admission: Admission } {
  const state = withTime(before, ask);
  const admission = deferralOf(state, ask);
  if (admission !== null) return { state, admission };
  const { breaker } = state;
  const probed = breaker.state === 'open' ? { ...breaker, probedAtMs: ask.nowMs } : breaker;
  const sentAtMs = ask.budget === null ? state.sentAtMs : [...state.sentAtMs, ask.nowMs];
  return { state: { ...state, breaker: probed, sentAtMs }, admission: { admitted: true } };
}

/** Applies what time alone changes. */
function withTime(state: AdmissionState, { nowMs, stuckJobs }: AdmissionRequest): AdmissionState {
  const { pause, breaker, sentAtMs, failing } = state;
  const isStuck = breaker.state !== 'open' && stuckJobs >= OPENS_AFTER.jobs;
  const message = failing?.message ?? `no answer for ${STUCK_MS / 1_000} s`;
  const recovered = breaker.state === 'recovering' && nowMs >= breaker.sinceMs + breaker.spreadMs;
  const moved: Breaker = isStuck
    ? { state: 'open', sinceMs: failing?.sinceMs ?? nowMs - STUCK_MS, probedAtMs: nowMs, message }
    : recovered
      ? { state: 'closed' }
      : breaker;
  return {
    ...state,
    pause: pause !== null && pause.untilMs <= nowMs ? null : pause,
    breaker: moved,
    sentAtMs: sentAtMs.filter((atMs) => atMs > nowMs - BUDGET_WINDOW_MS),
  };
}

type Deferred = Extract<Admission, { admitted: false }>;

function deferralOf(state: AdmissionState, ask: AdmissionRequest): Deferred | null {
  return (
    deferredByPause(state, ask) ??
    (ask.purpose === 'poll' ? deferredByOutage(state, ask) : null) ??
    deferredByBudget(state, ask)
  );
}

function deferredByPause({ pause }: AdmissionState, { nowMs, jobs, chance }: AdmissionRequest): Deferred | null {
  if (pause === null) return null;
  const leftMs = pause.untilMs - nowMs;
  // Later than asked for, and each job at another time: if all came back at once, the next answer would be 429 again.
  const waitMs = Math.ceil(leftMs + chance * Math.max(Math.min(leftMs / 5, 10_000), spreadMsOf(jobs)));
  return { admitted: false, kind: pause.kind, waitMs, reason: pause.reason };
}

function deferredByOutage(
  { breaker }: AdmissionState,
  { nowMs, phaseOffset, chance, holdMs }: AdmissionRequest,
): Deferred | null {
  if (breaker.state === 'open') {
    if (nowMs - breaker.probedAtMs >= PROBE_MS) return null;
    const reason = `not polled, for no job of this account can be read since ${isoTime(breaker.sinceMs)}: ${breaker.message}`;
    return { admitted: false, kind: 'unavailable', waitMs: outageWaitMs(holdMs, chance), reason };
  }
  if (breaker.state === 'closed') return null;
  const waitMs = Math.ceil(breaker.sinceMs + breaker.spreadMs * phaseOffset - nowMs);
  const reason = 'not polled yet: the service is back, and its jobs are polled one after the other';
  return waitMs <= 0 ? null : { admitted: false, kind: 'unavailable', waitMs, reason };
}

/**
 * How long a job waits before it asks again whether an outage is over, ms. A worker that holds can ask often, because that costs nothing.
 * Otherwise the server starts a new attempt, which costs 14 ms of CPU.
 */
export function outageWaitMs(holdMs: number, chance: number): number {
  const longestMs = holdMs >= 5_000 ? Math.min(holdMs, OUTAGE_HOLD_MS) : OUTAGE_WAIT_MS;
  return Math.round(longestMs * (0.5 + chance / 2));
}

function deferredByBudget({ sentAtMs }: AdmissionState, { nowMs, budget, purpose }: AdmissionRequest): Deferred | null {
  if (budget === null) return null;
  const most = purpose === 'poll' ? pollsPerWindow(budget) : budget;
  const frees = sentAtMs[sentAtMs.length - most];
  if (frees === undefined) return null;
  const reason = `not polled yet: ${sentAtMs.length} requests in the last minute, of ${budget} allowed`;
  return { admitted: false, kind: null, waitMs: Math.ceil(frees + BUDGET_WINDOW_MS - nowMs), reason };
}

function spreadMsOf(jobs: number): number {
  return Math.min(jobs * SPREAD_PER_JOB_MS, SPREAD_MAX_MS);
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
export function callEnded(before: AdmissionState, end: CallEnd): AdmissionState {
  const state = paused(before, end);
  if (end.failure?.kind === 'unavailable') return failed(state, end, end.failure.message);
  const { breaker } = state;
  const recovering = { state: 'recovering', sinceMs: end.nowMs, spreadMs: spreadMsOf(end.jobs) } as const;
  const answered = { ...state, failing: null, answeredAtMs: end.nowMs };
  return { ...answered, breaker: breaker.state === 'open' ? recovering : breaker };
}

function paused(state: AdmissionState, { failure, nowMs }: CallEnd): AdmissionState {
  const isLimited = failure?.kind === 'rate-limited';
  const limitedInRow = isLimited ? state.limitedInRow + 1 : 0;
  const backoffMs = Math.min(LIMITED_FIRST_MS * 2 ** Math.min(state.limitedInRow, 30), LIMITED_MAX_MS);
  const askedMs = failure?.retryAfterMs ?? (isLimited ? backoffMs : null);
  if (failure === null || askedMs === null) return { ...state, limitedInRow };
  const reason = `not called, as the account is to wait until ${isoTime(nowMs + askedMs)}: ${failure.message}`;
  return { ...longer(state, { untilMs: nowMs + askedMs, kind: failure.kind, reason }), limitedInRow };
}

/** Notes that the rate headers of an answer leave no call before `nowMs + holdMs` (H8). */
export function quotaUsedUp(state: AdmissionState, holdMs: number, nowMs: number): AdmissionState {
  const reason = `not called, as the quota of the account is used up until ${isoTime(nowMs + holdMs)}`;
  return longer(state, { untilMs: nowMs + holdMs, kind: null, reason });
}

function longer(state: AdmissionState, pause: NonNullable<AdmissionState['pause']>): AdmissionState {
  return state.pause !== null && state.pause.untilMs >= pause.untilMs ? state : { ...state, pause };
}

function failed(state: AdmissionState, end: CallEnd, message: string): AdmissionState {
  // The call began before the last answer: the outage that it met is over.
  if (state.answeredAtMs !== null && end.begunAtMs <= state.answeredAtMs) return state;
  const known = state.failing ?? { sinceMs: end.begunAtMs, calls: 0, jobs: [] as string[] };
  const jobs = known.jobs.includes(end.job) ? known.jobs : [...known.jobs, end.job].slice(0, OPENS_AFTER.jobs);
  const failing: Failing = { sinceMs: known.sinceMs, calls: known.calls + 1, jobs, message };
  const { sinceMs } = failing;
  const isMany = failing.calls >= OPENS_AFTER.calls && jobs.length >= OPENS_AFTER.jobs;
  const isDown = isMany && end.nowMs - sinceMs >= OPENS_AFTER.overMs;
  if (state.breaker.state === 'open') return { ...state, failing, breaker: { ...state.breaker, message } };
  const breaker: Breaker = isDown ? { state: 'open', sinceMs, probedAtMs: end.nowMs, message } : state.breaker;
  return { ...state, failing, breaker };
}
