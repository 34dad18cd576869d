import type { FailureKind } from '../contract/failure.ts';
import { isoTime } from '../contract/json.ts';
import { BUDGET_WINDOW_MS } from './budget.ts';
import {
  breakerCallEnded,
  breakerNow,
  type CallEnd,
  type CircuitBreaker,
  CLOSED,
  outageWaitMs,
  PROBE_MS,
  spreadMsOf,
} from './circuit-breaker.ts';
import type { Share } from './share.ts';

/** What one worker knows of an account, to decide whether a call may go out now. Times in ms. */
export interface AdmissionState extends CircuitBreaker {
  /** A pause that the service asked for. `kind` null: nothing failed, the quota is used up. */
  readonly pause: { readonly untilMs: number; readonly kind: FailureKind | null; readonly reason: string } | null;
  /** Answers 429 in a row. */
  readonly limitedInRow: number;
  /** When the calls of the last minute went out; empty without a budget. */
  readonly sentAtMs: readonly number[];
  /** Until then, each poll that the budget allows is promised to a deferred job. */
  readonly promisedUntilMs: number;
}

export const INITIAL_ADMISSION: AdmissionState = {
  ...CLOSED,
  pause: null,
  limitedInRow: 0,
  sentAtMs: [],
  promisedUntilMs: 0,
};

const LIMITED_FIRST_MS = 1_000;
const LIMITED_MAX_MS = 60_000;

export interface AdmissionRequest {
  readonly nowMs: number;
  readonly purpose: 'poll' | 'cancel';
  /** This worker's share of the budget; null: no budget. */
  readonly share: Share | null;
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

/** A call that was deferred: no request was made. */
export interface Deferral {
  /** null: nothing failed, the account's budget or quota is used up. */
  readonly kind: FailureKind | null;
  readonly reason: string;
  readonly waitMs: number;
}

export type Admission = { readonly admitted: true } | ({ readonly admitted: false } & Deferral);

/** Asks whether one call may go out now. An outage does not defer a cancel: it is retried until it reaches the service (I4). */
export function admit(before: AdmissionState, ask: AdmissionRequest): { state: AdmissionState; admission: Admission } {
  const state = withTime(before, ask);
  const deferral = pauseDeferral(state, ask) ?? outageDeferral(state, ask);
  if (deferral !== null) return { state, admission: { admitted: false, ...deferral } };
  const spent = budgetDeferral(state, ask);
  if (spent !== null) return { state: promised(state, ask, spent), admission: { admitted: false, ...spent } };
  const sentAtMs = ask.share === null ? state.sentAtMs : [...state.sentAtMs, ask.nowMs];
  // The call is the probe of an open breaker.
  const breaker = state.breaker.state === 'open' ? { ...state.breaker, probedAtMs: ask.nowMs } : state.breaker;
  return { state: { ...state, breaker, sentAtMs }, admission: { admitted: true } };
}

/** Applies what time alone changes. */
function withTime(state: AdmissionState, { nowMs, stuckJobs }: AdmissionRequest): AdmissionState {
  const { pause, sentAtMs } = state;
  return {
    ...state,
    pause: pause !== null && pause.untilMs <= nowMs ? null : pause,
    breaker: breakerNow(state, nowMs, stuckJobs),
    sentAtMs: sentAtMs.filter((atMs) => atMs > nowMs - BUDGET_WINDOW_MS),
  };
}

function pauseDeferral({ pause }: AdmissionState, { nowMs, jobs, chance }: AdmissionRequest): Deferral | null {
  if (pause === null) return null;
  const leftMs = pause.untilMs - nowMs;
  // Later than asked for, and each job at another time: if all came back at once, the next answer would be 429 again.
  const waitMs = Math.ceil(leftMs + chance * Math.max(Math.min(leftMs / 5, 10_000), spreadMsOf(jobs)));
  return { kind: pause.kind, waitMs, reason: pause.reason };
}

function outageDeferral({ breaker }: AdmissionState, ask: AdmissionRequest): Deferral | null {
  const { nowMs, purpose, phaseOffset, chance, holdMs } = ask;
  if (purpose === 'cancel' || breaker.state === 'closed') return null;
  if (breaker.state === 'open') {
    if (nowMs - breaker.probedAtMs >= PROBE_MS) return null;
    const reason = `not polled, for no job of this account can be read since ${isoTime(breaker.sinceMs)}: ${breaker.message}`;
    return { kind: 'unavailable', waitMs: outageWaitMs(holdMs, chance), reason };
  }
  const waitMs = Math.ceil(breaker.sinceMs + breaker.spreadMs * phaseOffset - nowMs);
  const reason = 'not polled yet: the service is back, and its jobs are polled one after the other';
  return waitMs <= 0 ? null : { kind: 'unavailable', waitMs, reason };
}

/** Another worker may take the poll. */
const ELSEWHERE_MS = 2_000;

/** No job waits longer for the budget: jobs may have ended, and other workers may have room. */
const PROMISED_MS = 10 * 60_000;

/** Jobs that are deferred come back one after the other. If all came back when the next request is allowed, only one could be sent. */
function budgetDeferral({ sentAtMs, promisedUntilMs }: AdmissionState, ask: AdmissionRequest): Deferral | null {
  const { nowMs, share, purpose, jobs, chance } = ask;
  if (share === null) return null;
  const most = purpose === 'poll' ? share.polls : share.requests;
  if (most === 0) {
    const reason = 'not polled yet: other workers use the budget of this account';
    return { kind: null, waitMs: Math.ceil(ELSEWHERE_MS * (1 + chance)), reason };
  }
  const frees = sentAtMs[sentAtMs.length - most];
  if (frees === undefined) return null;
  const freeInMs = frees + BUDGET_WINDOW_MS - nowMs;
  const eachMs = BUDGET_WINDOW_MS / most;
  const queuedMs = Math.min(promisedUntilMs - nowMs + eachMs, jobs * eachMs, PROMISED_MS);
  const waitMs = Math.ceil(purpose === 'poll' ? Math.max(freeInMs, queuedMs) : freeInMs);
  const reason = `not polled yet: ${sentAtMs.length} requests in the last minute, of ${most} allowed to this worker`;
  return { kind: null, waitMs, reason };
}

function promised(
  state: AdmissionState,
  { nowMs, purpose, share }: AdmissionRequest,
  { waitMs }: Deferral,
): AdmissionState {
  if (purpose === 'cancel' || share?.polls === 0) return state;
  return { ...state, promisedUntilMs: Math.max(state.promisedUntilMs, nowMs + waitMs) };
}

/** Notes how a call ended. */
export function callEnded(before: AdmissionState, end: CallEnd): AdmissionState {
  return { ...paused(before, end), ...breakerCallEnded(before, end) };
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
