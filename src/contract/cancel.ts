import type { JobRef } from './job.ts';
import { isRecord } from './json.ts';
import type { EndingLimit } from './limits.ts';
import { plainText } from './text.ts';

export type CancelPhase = 'none' | 'requested' | 'accepted' | 'confirmed' | 'refused' | 'unsupported' | 'too-late';

/** What all may see of a cancel. `attempts`: calls of the cancel endpoint; `error`: why the last one did not do. */
export interface CancelState {
  phase: CancelPhase;
  requestedAt: string | null;
  reason: string | null;
  by: string | null;
  attempts: number;
  error: string | null;
}

/** A request to cancel, as it was asked for. */
export interface CancelAsk {
  readonly via: 'signal' | 'update' | 'native' | 'limit';
  readonly reason: string | null;
  readonly by: string | null;
  /** Repeats of one request carry the same id. */
  readonly id: string | null;
  /** The limit that asks, with `via: 'limit'`. */
  readonly limit?: EndingLimit;
}

/** What `cancelJob` tells the workflow. */
export type CancelAnswer = {
  /** Calls made for this answer. */
  attempts: number;
  /** One of them was left without an answer before the one that is told here: it may have worked. */
  mayHaveWorked: boolean;
} & (
  | { status: 'accepted' }
  | { status: 'refused' | 'unauthorized'; reason: string }
  /** Told once, so that `error` can say it; the next call is retried by the server until the trouble is over or another one. */
  | { status: 'unanswered'; reason: string; retryInMs: number }
);

/** Why a call of the endpoint did not do, and is repeated until it does. */
export type CancelTrouble = 'unanswered' | 'unauthorized';

/** What the workflow asks of `cancelJob`; `reported`: trouble that it knows already. The activity retries it without reporting it again. */
export interface CancelRequest {
  job: JobRef;
  reported: CancelTrouble | null;
}

const MAX_TEXT = 200;

/** Reads what a caller sent with a cancel; trusts nothing in it, and never fails. */
export function cancelAskOf(via: CancelAsk['via'], sent?: unknown): CancelAsk {
  const given = isRecord(sent) ? sent : {};
  const text = (value: unknown): string | null => (typeof value === 'string' && plainText(value, MAX_TEXT)) || null;
  return { via, reason: text(given['reason']), by: text(given['by']), id: text(given['id']) };
}

/** A request to cancel, as a caller sends it. Any part may be left out; texts are cut at 200 characters. */
export interface CancelOptions {
  reason?: string;
  by?: string;
  /** Repeats of one request carry the same id. */
  id?: string;
}

/** The longest wait for the service's answer to a cancel. */
export const MAX_CANCEL_WAIT_MS = 60_000;

/** As CancelOptions; `waitForMs`: how long the update waits for the service's answer, 10 s if left out, at most 60 s. */
export interface RequestCancelOptions extends CancelOptions {
  waitForMs?: number;
}
