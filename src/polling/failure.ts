import type { FailureKind } from '../contract/failure.ts';

interface FailureMeaning {
  /** After so many failures in a row, `health` says so. A refused credential is reported at once, because a person must act. */
  readonly reportedFrom: number;
  /** A job that was never seen ends after so many such answers over at least so long; null: polls go on until a limit passes. */
  readonly endsNeverSeen: EndRule | null;
}

/** So many answers in a row, over at least so long. */
export interface EndRule {
  readonly after: number;
  readonly overMs: number;
}

/** What a failed call means. None of these is a failure of the job (I5). */
export const FAILURES = {
  unavailable: { reportedFrom: 3, endsNeverSeen: null },
  'rate-limited': { reportedFrom: 3, endsNeverSeen: null },
  malformed: { reportedFrom: 3, endsNeverSeen: null },
  unauthorized: { reportedFrom: 1, endsNeverSeen: { after: 3, overMs: 10 * 60_000 } },
  rejected: { reportedFrom: 1, endsNeverSeen: { after: 3, overMs: 2 * 60_000 } },
  // A missing job is no trouble: `MISSING` has its rules.
  'not-found': { reportedFrom: 1, endsNeverSeen: null },
} as const satisfies Record<FailureKind, FailureMeaning>;

/** A 404 counts after so many in a row, over so long: jobs appear late, and a load balancer may ask a stale replica. */
export const MISSING = {
  neverSeen: { after: 3, overMs: 30_000, everyMs: 15_000 },
  seenBefore: { after: 3, overMs: 60_000, everyMs: 30_000 },
} as const;
