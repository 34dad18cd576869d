import type { CancelAnswer, CancelAsk, CancelTrouble } from '../../../contract/cancel.ts';
import type { EventOf, Rules } from '../../event.ts';
import { UNCONFIRMED_MS } from './facts.ts';
import { type Accepted, type Asked, type Call, type Cancel, isOpen, type NotAsked, type Requested } from './shape.ts';

/** The wait before the cancel is sent again, after a call that did not work. */
const CANCEL_RETRY_MS = 60_000;

const RESEND_AFTER_MS = [10 * 60_000, 30 * 60_000] as const;

const UNCONFIRMED = 'the service accepted the cancel, but never confirmed it';

const REFUSED_AFTER = 3;

const REFUSED_OVER_MS = 2 * 60_000;

const MAX_IDS = 20;

const IDLE: Call = { is: 'idle' };

const due = (atMs: number): Call => ({ is: 'due', atMs });

export const noCancel: Cancel = { phase: 'none', supported: null };

export const cancelRules: Rules<Cancel> = {
  planned: (cancel, { plan }) => withSupport(cancel, plan.canCancel),
  // No worker can reach the service: it cannot be asked to cancel.
  planDeferred: (cancel, { endsByCancel, message }) =>
    endsByCancel && cancel.phase !== 'none' ? { ...withSupport(cancel, false), error: message } : cancel,
  cancelAsked: (cancel, { ask, atMs }) => askCancel(cancel, ask, atMs),
  cancelSent: (cancel) => (isOpen(cancel) ? { ...cancel, call: { is: 'sent' } } : cancel),
  cancelAnswered,
  resumed: (cancel, { atMs }) => unheard(cancel, atMs),
  polled: (cancel, { askedAtMs, snapshot, changed, atMs }) =>
    checked(cancel, { askedAtMs, changed, found: true, cancellable: snapshot.cancellable }, atMs),
  missing: (cancel, { askedAtMs, atMs }) =>
    checked(cancel, { askedAtMs, changed: false, found: false, cancellable: false }, atMs),
};

/** The plan says whether the service has a cancel. A request may be older than the plan. */
function withSupport(cancel: Cancel, supported: boolean): Cancel {
  if (cancel.phase === 'none') return { phase: 'none', supported };
  return cancel.phase === 'requested' && !supported ? { ...askedOf(cancel), phase: 'unsupported' } : cancel;
}

/** Notes a request. If a request is under way, the new one joins it. After a refusal it is a new request. */
export function askCancel(cancel: Cancel, ask: CancelAsk, nowMs: number): Cancel {
  if (cancel.phase === 'none') return firstAsked(cancel, ask, nowMs);
  if (ask.id !== null && cancel.knownIds.includes(ask.id)) return cancel;
  if (cancel.phase === 'refused') {
    return { ...requested(askedAnew(askedOf(cancel), ask, nowMs)), once: ask.via === 'limit' };
  }
  const isFirstCaller = !cancel.byCaller && ask.via !== 'limit';
  const once = cancel.phase === 'requested' ? { once: cancel.once && ask.via === 'limit' } : {};
  return { ...joined(cancel, ask), ...once, ...(isFirstCaller ? { reason: ask.reason, by: ask.by } : {}) };
}

function firstAsked({ supported }: NotAsked, ask: CancelAsk, nowMs: number): Cancel {
  const asked = askedAnew({ native: false, byCaller: false, limit: null, knownIds: [] }, ask, nowMs);
  return supported === false ? { ...asked, phase: 'unsupported' } : requested(asked);
}

type Askers = Pick<Asked, 'native' | 'byCaller' | 'limit' | 'knownIds'>;

function joined<Known extends Askers>(known: Known, ask: CancelAsk): Known & Askers {
  return {
    ...known,
    native: known.native || ask.via === 'native',
    byCaller: known.byCaller || ask.via !== 'limit',
    limit: known.limit ?? ask.limit ?? null,
    knownIds: ask.id === null ? known.knownIds : [...known.knownIds, ask.id].slice(-MAX_IDS),
  };
}

function askedAnew(known: Askers, ask: CancelAsk, nowMs: number): Asked {
  const { reason, by } = ask;
  return { ...joined(known, ask), requestedAtMs: nowMs, reason, by, attempts: 0, error: null };
}

function requested(asked: Asked): Requested {
  return {
    ...asked,
    phase: 'requested',
    call: due(asked.requestedAtMs),
    trouble: null,
    mayHaveWorked: false,
    answered: false,
    checkSinceMs: null,
    refusals: null,
    early: false,
    once: false,
  };
}

/** @returns what stays known when the phase changes */
function askedOf(cancel: Exclude<Cancel, NotAsked>): Asked {
  const { requestedAtMs, reason, by, native, byCaller, limit, knownIds, attempts, error } = cancel;
  return { requestedAtMs, reason, by, native, byCaller, limit, knownIds, attempts, error };
}

/** A run ended with a call under way. Its answer is lost, so the cancel is sent again. */
function unheard(cancel: Cancel, nowMs: number): Cancel {
  if (!isOpen(cancel) || cancel.call.is !== 'sent') return cancel;
  const again = { attempts: cancel.attempts + 1, call: due(nowMs) };
  return cancel.phase === 'requested' ? { ...cancel, ...again, mayHaveWorked: true } : { ...cancel, ...again };
}

/** Notes the answer of the endpoint. Only the status says whether the job is cancelled. */
function cancelAnswered(before: Cancel, { answer, atMs }: EventOf<'cancelAnswered'>): Cancel {
  if (before.phase === 'none') return before;
  const cancel = { ...before, attempts: before.attempts + answer.attempts };
  // The cancel was given up while the call was under way, so the answer has no effect.
  if (!isOpen(cancel)) return cancel;
  const heard = { ...cancel, call: cancel.call.is === 'sent' ? IDLE : cancel.call };
  return heard.phase === 'requested' ? requestAnswered(heard, answer, atMs) : resendAnswered(heard, answer, atMs);
}

function requestAnswered(cancel: Requested, answer: CancelAnswer, nowMs: number): Cancel {
  const heard = { ...cancel, mayHaveWorked: cancel.mayHaveWorked || answer.mayHaveWorked };
  switch (answer.status) {
    case 'accepted':
      return accepted(heard, nowMs);
    case 'refused':
      return { ...heard, trouble: null, answered: true, error: answer.reason, checkSinceMs: nowMs };
    case 'unauthorized':
      return { ...troubled(heard, answer, nowMs), answered: true };
    case 'unanswered':
      return troubled(heard, answer, nowMs);
    default:
      return answer satisfies never;
  }
}

/** A service that accepted the cancel before may refuse a repeat. */
function resendAnswered(cancel: Accepted, answer: CancelAnswer, nowMs: number): Cancel {
  return answer.status === 'accepted' || answer.status === 'refused'
    ? accepted(cancel, cancel.acceptedAtMs, nowMs)
    : troubled(cancel, answer, nowMs);
}

type Troubled = Exclude<CancelAnswer, { status: 'accepted' }>;

function troubled<Open extends Requested | Accepted>(cancel: Open, answer: Troubled, nowMs: number): Open {
  const [trouble, retryMs]: [CancelTrouble, number] =
    answer.status === 'unanswered' ? ['unanswered', answer.retryInMs] : ['unauthorized', CANCEL_RETRY_MS];
  return { ...cancel, trouble, error: answer.reason, call: due(nowMs + retryMs) };
}

function accepted(cancel: Requested | Accepted, acceptedAtMs: number, nowMs = acceptedAtMs): Accepted {
  const resendMs = RESEND_AFTER_MS.find((afterMs) => acceptedAtMs + afterMs > nowMs);
  const next = resendMs === undefined ? IDLE : due(acceptedAtMs + resendMs);
  const call = cancel.call.is === 'sent' ? cancel.call : next;
  return { ...askedOf(cancel), error: null, phase: 'accepted', acceptedAtMs, call, trouble: null };
}

interface Check {
  readonly askedAtMs: number;
  readonly changed: boolean;
  /** The service knows the job; false: 404. */
  readonly found: boolean;
  readonly cancellable: boolean;
}

/** Notes a status of a job that has not ended. It decides what a refusal means, and when to send the cancel again. */
function checked(cancel: Cancel, check: Check, nowMs: number): Cancel {
  if (cancel.phase !== 'requested') return cancel;
  const { checkSinceMs, call } = cancel;
  if (checkSinceMs === null || check.askedAtMs < checkSinceMs) {
    return cancel.early && check.changed && call.is !== 'sent' ? { ...cancel, call: due(nowMs) } : cancel;
  }
  const again = call.is === 'sent' ? call : due(checkSinceMs + CANCEL_RETRY_MS);
  const done = { ...cancel, checkSinceMs: null, call: again };
  if (!check.found) return done;
  // If the job cannot be cancelled yet, no earlier call can have cancelled it.
  if (!check.cancellable) return { ...done, early: true, mayHaveWorked: false };
  // The service may refuse a repeated call because the first one worked.
  if (cancel.mayHaveWorked) return accepted(done, nowMs);
  return refusedAgain(done, checkSinceMs, nowMs);
}

function refusedAgain(cancel: Requested, refusedAtMs: number, nowMs: number): Cancel {
  const { count = 0, sinceMs = refusedAtMs } = cancel.refusals ?? {};
  const enough = count + 1 >= REFUSED_AFTER && nowMs - sinceMs >= REFUSED_OVER_MS;
  if (enough || cancel.once) return { ...askedOf(cancel), phase: 'refused', unconfirmed: false };
  return { ...cancel, refusals: { count: count + 1, sinceMs }, early: false };
}

/** Gives up an accepted cancel that the status has not confirmed for an hour. */
export function giveUp(cancel: Cancel, nowMs: number): Cancel {
  if (cancel.phase !== 'accepted' || nowMs < cancel.acceptedAtMs + UNCONFIRMED_MS) return cancel;
  return { ...askedOf(cancel), phase: 'refused', error: UNCONFIRMED, unconfirmed: true };
}

/** The job has ended: it was cancelled, or the cancel came too late. A refused cancel stays refused. */
export function cancelEnded(cancel: Cancel, jobCancelled: boolean): Cancel {
  if (cancel.phase === 'none' || (cancel.phase === 'refused' && !jobCancelled)) return cancel;
  return { ...askedOf(cancel), phase: jobCancelled ? 'confirmed' : 'too-late' };
}

/** @returns true if the change of a cancel calls for a poll at once: a new request, an accepted one, a refusal to check */
export function needsPoll(before: Cancel, cancel: Cancel): boolean {
  const [wasUnderWay, isUnderWay] = [before, cancel].map(({ phase }) => phase !== 'none' && phase !== 'refused');
  if (isUnderWay && !wasUnderWay) return true;
  if (cancel.phase === 'accepted') return before.phase !== 'accepted';
  const wasSinceMs = before.phase === 'requested' ? before.checkSinceMs : null;
  return cancel.phase === 'requested' && cancel.checkSinceMs !== null && cancel.checkSinceMs !== wasSinceMs;
}
