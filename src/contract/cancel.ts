import type { JobRef } from './job.ts';
import { isRecord } from './json.ts';
import type { EndingLimit } from './limits.ts';
import type { Route } from './task-queue.ts';
import { plainText } from './text.ts';

/**
 * `requested`: the service has not answered yet. `accepted`: it will try. `confirmed`: its status is cancelled. `unsupported`: it has no
 * cancel. `too-late`: the job ended in another way.
 */
export type CancelPhase = 'none' | 'requested' | 'accepted' | 'confirmed' | 'refused' | 'unsupported' | 'too-late';

/** The public state of a cancel. */
export interface CancelState {
  phase: CancelPhase;
  /** ISO 8601; null: not requested. */
  requestedAt: string | null;
  /** At most 200 characters. */
  reason: string | null;
  /** Who requested it, at most 200 characters. */
  by: string | null;
  /** Calls of the cancel endpoint. */
  attempts: number;
  /** Why the last call failed; null: it did not. */
  error: string | null;
}

/** What the end of a calling workflow means for the job. */
export type CallerEnd = 'never' | 'with-parent';

/** A request to cancel, as the workflow keeps it. */
export interface CancelAsk {
  readonly via: 'signal' | 'update' | 'native' | 'limit';
  readonly reason: string | null;
  readonly by: string | null;
  /** Retries of one request have the same id. */
  readonly id: string | null;
  /** The limit that has passed, if `via` is `limit`. */
  readonly limit?: EndingLimit;
}

/** The answer of the activity `cancelJob` to the workflow. */
export type CancelAnswer = {
  /** Calls made for this answer. */
  attempts: number;
  /** An earlier call got no answer, so it may have worked. */
  mayHaveWorked: boolean;
  /** The account's present route. Absent: of an older worker, or without a worker that knows the account. */
  route?: Route;
} & (
  | { status: 'accepted' }
  | { status: 'refused' | 'unauthorized'; reason: string }
  /** Reported once, for `CancelState.error`. Then the server retries the activity until the service answers, or the trouble changes. */
  | { status: 'unanswered'; reason: string; retryInMs: number }
);

/** Why a call of the cancel endpoint failed. It is repeated. */
export type CancelTrouble = 'unanswered' | 'unauthorized';

/** The input of the activity `cancelJob`. `reported`: the trouble that the workflow knows already; it is not reported again. */
export interface CancelRequest {
  job: JobRef;
  /** The pool whose queue the request goes to. Absent: sent by older code. */
  pool?: string;
  reported: CancelTrouble | null;
}

const MAX_TEXT = 200;

/** Reads the request of a caller. It accepts any value, and never throws. */
export function cancelAskOf(via: CancelAsk['via'], sent?: unknown): CancelAsk {
  const given = isRecord(sent) ? sent : {};
  const text = (value: unknown): string | null => (typeof value === 'string' && plainText(value, MAX_TEXT)) || null;
  return { via, reason: text(given['reason']), by: text(given['by']), id: text(given['id']) };
}

/**
 * A request to cancel, as a caller sends it. Texts are cut at 200 characters.
 * @example { reason: 'not needed', by: 'nightly-cleanup' }
 */
export interface CancelOptions {
  reason?: string;
  /** Who requests it. */
  by?: string;
  /** Retries of one request have the same id. Default of the client: a random one. */
  id?: string;
}

/** The longest wait for the service's answer to a cancel. */
export const MAX_CANCEL_WAIT_MS = 60_000;

/** The input of the update `requestCancel`. */
export interface RequestCancelOptions extends CancelOptions {
  /** How long the update waits for the service's answer, ms, at most 60 s. Default: 10 s. */
  waitForMs?: number;
}
