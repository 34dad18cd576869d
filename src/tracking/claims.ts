import type { Ending } from '../contract/outcome.ts';
import { MODERATED_GRACE_MS } from '../polling/memory.ts';
import { askingLimit } from './state/cancel/facts.ts';
import type { Track } from './track.ts';

/** An ending that becomes final unless the answer to a later poll contradicts it. An answer to an earlier poll does not decide. */
export interface Claim {
  readonly sinceMs: number;
  /** How long the claim waits for an answer to a poll that began after `sinceMs`, ms; null: without a limit. */
  readonly patienceMs: number | null;
  readonly ending: Ending;
}

const LIMIT_PATIENCE_MS = 60_000;

const UNSUPPORTED_PATIENCE_MS = 10_000;

/** The time that the service has for a cancel that a limit asked for. */
const LIMIT_CANCEL_MS = 3_600_000;

/** @returns the claims of a track, also those that begin later */
export function claimsOf(track: Track): Claim[] {
  return [...unsupportedClaim(track), ...limitClaim(track), ...moderatedClaim(track)];
}

function unsupportedClaim({ cancel }: Track): Claim[] {
  if (cancel.phase !== 'unsupported') return [];
  const limit = askingLimit(cancel);
  const ending: Ending =
    limit === null ? { status: 'abandoned', why: 'cancel-unsupported' } : { status: 'timed-out', limit };
  return [{ sinceMs: cancel.requestedAtMs, patienceMs: UNSUPPORTED_PATIENCE_MS, ending }];
}

function limitClaim({ limits: { passed, allowed } }: Track): Claim[] {
  if (passed === null) return [];
  const sinceMs = passed.atMs + (allowed.onLimit === 'cancel' ? LIMIT_CANCEL_MS : 0);
  return [{ sinceMs, patienceMs: LIMIT_PATIENCE_MS, ending: { status: 'timed-out', limit: passed.limit } }];
}

/** `moderated` may be a hold for review. */
function moderatedClaim({ status: { moderatedSinceMs, snapshot } }: Track): Claim[] {
  if (moderatedSinceMs === null) return [];
  const ending: Ending = { status: 'moderated', reason: snapshot?.reason ?? null };
  return [{ sinceMs: moderatedSinceMs + MODERATED_GRACE_MS, patienceMs: null, ending }];
}

/** @returns the claim that waits for an answer now; undefined: none does */
export function openClaim(track: Track, nowMs: number): Claim | undefined {
  return claimsOf(track).find((claim) => claim.sinceMs <= nowMs && !isAnswered(track, claim));
}

/** @returns the claim that is final now; undefined: none is */
export function finalClaim(track: Track, nowMs: number): Claim | undefined {
  return claimsOf(track).find((claim) => {
    const isOver = claim.patienceMs !== null && claim.sinceMs + claim.patienceMs <= nowMs;
    return isOver || isAnswered(track, claim);
  });
}

function isAnswered({ polling: { answeredAskMs } }: Track, { sinceMs }: Claim): boolean {
  return (answeredAskMs ?? 0) >= sinceMs;
}
