import type { CancelAnswer, CancelAsk, CancelPhase, CancelState, CancelTrouble } from '../contract/cancel.ts';
import { isoOf } from '../contract/json.ts';
import type { EndingLimit } from '../contract/limits.ts';

/** The whole state of cancelling one job. Moments in ms. */
export interface CancelTrack {
  readonly phase: CancelPhase;
  readonly requestedAtMs: number | null;
  readonly reason: string | null;
  readonly by: string | null;
  readonly attempts: number;
  readonly error: string | null;
  /** Temporal's own cancel came: a job cancelled or abandoned closes the workflow as Canceled. */
  readonly native: boolean;
  /** A person or program asked; false with `limit`: only a limit did. */
  readonly byCaller: boolean;
  readonly limit: EndingLimit | null;
  readonly knownIds: readonly string[];
  /** The next call of the endpoint; null: none is due. */
  readonly dueAtMs: number | null;
  readonly inFlight: boolean;
  /** The trouble that the last call met. */
  readonly told: CancelTrouble | null;
  /** A call was accepted or left unanswered: a refusal now may mean that it worked. */
  readonly mayHaveWorked: boolean;
  /** The service has answered this request, whatever it said. */
  readonly answered: boolean;
  readonly acceptedAtMs: number | null;
  readonly refusals: { readonly count: number; readonly sinceMs: number } | null;
  /** A refusal means nothing before a poll begun after it has answered. */
  readonly lookSinceMs: number | null;
  /** Refused because it is too early: sent again at each change. */
  readonly early: boolean;
  /** One refusal is enough: a limit tries once at each change. */
  readonly once: boolean;
}

/** After so long a cancel that did not do is sent again. */
export const CANCEL_RETRY_MS = 60_000;

const RESEND_AFTER_MS = [10 * 60_000, 30 * 60_000] as const;

const UNCONFIRMED_MS = 60 * 60_000;

const UNCONFIRMED = 'the service accepted the cancel, but never confirmed it';

const MAX_IDS = 20;

export function noCancel(): CancelTrack {
  return {
    phase: 'none',
    requestedAtMs: null,
    reason: null,
    by: null,
    attempts: 0,
    error: null,
    native: false,
    byCaller: false,
    limit: null,
    knownIds: [],
    dueAtMs: null,
    inFlight: false,
    told: null,
    mayHaveWorked: false,
    answered: false,
    acceptedAtMs: null,
    refusals: null,
    lookSinceMs: null,
    early: false,
    once: false,
  };
}

/**
 * Notes a request. Repeats join the one under way; after a refusal it is a new one.
 * @param canCancel null: not known yet, the plan is not made
 */
export function askCancel(before: CancelTrack, ask: CancelAsk, canCancel: boolean | null, nowMs: number): CancelTrack {
  const native = before.native || ask.via === 'native';
  const byCaller = before.byCaller || ask.via !== 'limit';
  const limit = before.limit ?? ask.limit ?? null;
  if (ask.id !== null && before.knownIds.includes(ask.id)) return before;
  const knownIds = ask.id === null ? before.knownIds : [...before.knownIds, ask.id].slice(-MAX_IDS);
  const joined = { ...before, native, byCaller, limit, knownIds, once: before.once && ask.via === 'limit' };
  if (before.phase !== 'none' && before.phase !== 'refused') {
    const tells = !before.byCaller && ask.via !== 'limit';
    return tells ? { ...joined, reason: ask.reason, by: ask.by } : joined;
  }
  const asked = {
    ...joined,
    phase: 'requested' as const,
    requestedAtMs: nowMs,
    reason: ask.reason,
    by: ask.by,
    error: null,
  };
  const fresh = {
    attempts: 0,
    told: null,
    answered: false,
    acceptedAtMs: null,
    refusals: null,
    lookSinceMs: null,
    early: false,
  };
  const once = ask.via === 'limit' && before.phase === 'refused';
  return supported({ ...asked, ...fresh, once, mayHaveWorked: false, dueAtMs: nowMs }, canCancel);
}

/** Applies what the plan knows to a cancel asked before it. */
export function supported(cancel: CancelTrack, canCancel: boolean | null): CancelTrack {
  if (canCancel !== false || cancel.phase !== 'requested') return cancel;
  return { ...cancel, phase: 'unsupported', answered: true, dueAtMs: null };
}

export function cancelSent(cancel: CancelTrack): CancelTrack {
  return { ...cancel, inFlight: true, dueAtMs: null };
}

/** A run ended with a call under way: nobody heard its answer, so it is sent again. */
export function cancelUnheard(cancel: CancelTrack, nowMs: number): CancelTrack {
  if (!cancel.inFlight) return cancel;
  const unheard = { ...cancel, inFlight: false, mayHaveWorked: true, attempts: cancel.attempts + 1 };
  return isOpen(cancel) ? { ...unheard, dueAtMs: nowMs } : unheard;
}

function isOpen({ phase }: CancelTrack): boolean {
  return phase === 'requested' || phase === 'accepted';
}

/** Notes what the endpoint said. Whether the job is cancelled is said by its status alone. */
export function cancelAnswered(before: CancelTrack, answer: CancelAnswer, nowMs: number): CancelTrack {
  const mayHaveWorked = before.mayHaveWorked || answer.mayHaveWorked;
  const heard = { ...before, inFlight: false, attempts: before.attempts + answer.attempts, mayHaveWorked };
  // Given up while the call was under way: its answer begins nothing anew.
  if (!isOpen(before)) return heard;
  switch (answer.status) {
    case 'accepted':
      return cancelAccepted(heard, nowMs);
    case 'refused':
      if (before.phase === 'accepted') return cancelAccepted(heard, nowMs);
      return { ...heard, told: null, answered: true, error: answer.reason, lookSinceMs: nowMs };
    case 'unauthorized':
      return { ...heard, told: answer.status, answered: true, error: answer.reason, dueAtMs: nowMs + CANCEL_RETRY_MS };
    case 'unanswered':
      return { ...heard, told: answer.status, error: answer.reason, dueAtMs: nowMs + answer.retryInMs };
    default:
      return answer satisfies never;
  }
}

export function cancelAccepted(cancel: CancelTrack, nowMs: number): CancelTrack {
  const acceptedAtMs = cancel.acceptedAtMs ?? nowMs;
  const resendMs = RESEND_AFTER_MS.find((afterMs) => acceptedAtMs + afterMs > nowMs);
  const dueAtMs = resendMs === undefined ? null : acceptedAtMs + resendMs;
  return {
    ...cancel,
    phase: 'accepted',
    answered: true,
    acceptedAtMs,
    dueAtMs,
    error: null,
    told: null,
    mayHaveWorked: true,
    early: false,
  };
}

/** The moment from which an accepted cancel counts as never confirmed; null: none is accepted. */
export function unconfirmedAtMs(cancel: CancelTrack): number | null {
  return cancel.phase === 'accepted' && cancel.acceptedAtMs !== null ? cancel.acceptedAtMs + UNCONFIRMED_MS : null;
}

export function cancelUnconfirmed(cancel: CancelTrack): CancelTrack {
  return { ...cancel, phase: 'refused', error: UNCONFIRMED, dueAtMs: null };
}

/** @returns true if the refusal is a cancel that was accepted, and never confirmed */
export function wasUnconfirmed(cancel: CancelTrack): boolean {
  return cancel.phase === 'refused' && cancel.acceptedAtMs !== null;
}

/** The job has ended: the cancel came true, or too late; one that was refused before stays so. */
export function cancelEnded(cancel: CancelTrack, jobCancelled: boolean): CancelTrack {
  const rest = { ...cancel, dueAtMs: null, inFlight: false, lookSinceMs: null };
  if (cancel.phase === 'none' || (cancel.phase === 'refused' && !jobCancelled)) return rest;
  return { ...rest, phase: jobCancelled ? 'confirmed' : 'too-late', answered: true };
}

/** @returns true if the caller of `requestCancel` need not wait any longer */
export function isCancelAnswered(cancel: CancelTrack): boolean {
  return cancel.answered && cancel.lookSinceMs === null;
}

export function cancelStateOf(cancel: CancelTrack): CancelState {
  const { phase, reason, by, attempts, error } = cancel;
  return { phase, requestedAt: isoOf(cancel.requestedAtMs), reason, by, attempts, error };
}
