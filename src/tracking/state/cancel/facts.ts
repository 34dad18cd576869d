import type { CancelState, CancelTrouble } from '../../../contract/cancel.ts';
import { isoOf } from '../../../contract/json.ts';
import type { EndingLimit } from '../../../contract/limits.ts';
import { type Cancel, isOpen } from './shape.ts';

export const UNCONFIRMED_MS = 60 * 60_000;

/** @returns when an accepted cancel counts as never confirmed; null: none is accepted */
export function unconfirmedAtMs(cancel: Cancel): number | null {
  return cancel.phase === 'accepted' ? cancel.acceptedAtMs + UNCONFIRMED_MS : null;
}

/** @returns the next call of the endpoint; null: none is due */
export function callDueAtMs(cancel: Cancel): number | null {
  return isOpen(cancel) && cancel.call.is === 'due' ? cancel.call.atMs : null;
}

/** @returns true if a cancel of the job would be the effect of a request made here */
export function mayCancel(cancel: Cancel): boolean {
  return isOpen(cancel) || (cancel.phase === 'refused' && cancel.unconfirmed);
}

/** @returns the limit that asked for the cancel, if no caller asked; else null */
export function askingLimit(cancel: Cancel): EndingLimit | null {
  return cancel.phase === 'none' || cancel.byCaller ? null : cancel.limit;
}

/** @returns the trouble of the last call; null: there was none */
export function troubleOf(cancel: Cancel): CancelTrouble | null {
  return isOpen(cancel) ? cancel.trouble : null;
}

export function isNative(cancel: Cancel): boolean {
  return cancel.phase !== 'none' && cancel.native;
}

/** @returns true if the caller of `requestCancel` need not wait any longer */
export function isCancelAnswered(cancel: Cancel): boolean {
  if (cancel.phase === 'requested') return cancel.answered && cancel.checkSinceMs === null;
  return cancel.phase !== 'none';
}

export function cancelStateOf(cancel: Cancel): CancelState {
  if (cancel.phase === 'none')
    return { phase: 'none', requestedAt: null, reason: null, by: null, attempts: 0, error: null };
  const { phase, requestedAtMs, reason, by, attempts, error } = cancel;
  return { phase, requestedAt: isoOf(requestedAtMs), reason, by, attempts, error };
}
