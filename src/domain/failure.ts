/** How a call to a service can fail; what each means for the job stands in `FAILURES`. */
export type FailureKind = 'unavailable' | 'rate-limited' | 'unauthorized' | 'not-found' | 'rejected' | 'malformed';

export interface FailureMeaning {
  /** In a row, after how many `health` says so. A refused credential is told at once: a person has to act. */
  readonly toldFrom: number;
  /** A job never seen ends so after `endsAfter` such answers over at least `endsAfterMs`; null: it is tried on until a limit. */
  readonly endsNeverSeen: {
    readonly as: 'unauthorized' | 'rejected';
    readonly after: number;
    readonly overMs: number;
  } | null;
}

/** The one table of what a failed call means. None of these is ever the job's own failure (I5). */
export const FAILURES = {
  unavailable: { toldFrom: 3, endsNeverSeen: null },
  'rate-limited': { toldFrom: 3, endsNeverSeen: null },
  malformed: { toldFrom: 3, endsNeverSeen: null },
  unauthorized: { toldFrom: 1, endsNeverSeen: { as: 'unauthorized', after: 3, overMs: 10 * 60_000 } },
  rejected: { toldFrom: 1, endsNeverSeen: { as: 'rejected', after: 3, overMs: 2 * 60_000 } },
  // A missing job is no trouble of the call: `MISSING` has its rules.
  'not-found': { toldFrom: 1, endsNeverSeen: null },
} as const satisfies Record<FailureKind, FailureMeaning>;

/** A 404 counts after so many, over so long: jobs appear late, and a load balancer may ask a stale replica. */
export const MISSING = {
  neverSeen: { after: 3, overMs: 30_000, everyMs: 15_000 },
  seenBefore: { after: 3, overMs: 60_000, everyMs: 30_000 },
} as const;

/**
 * A call to a service failed; says nothing about the job.
 * `message` is the service's own text or ours, bounded, never a body, header or credential.
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly kind: FailureKind;
  /** HTTP status; null: no answer arrived. */
  readonly status: number | null;
  /** The delay that the service asked for, already parsed, in ms; null: none. */
  readonly retryAfterMs: number | null;
  /** A content delivery network answered in place of the service: wait longer. */
  readonly edge: boolean;

  constructor(
    kind: FailureKind,
    message: string,
    facts: { status?: number | null; retryAfterMs?: number | null; edge?: boolean; cause?: unknown } = {},
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.kind = kind;
    this.status = facts.status ?? null;
    this.retryAfterMs = facts.retryAfterMs ?? null;
    this.edge = facts.edge ?? false;
  }
}
