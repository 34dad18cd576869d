/** How a call to a service can fail; what each means for the job stands in `FAILURES`. */
export type FailureKind = 'unavailable' | 'rate-limited' | 'unauthorized' | 'not-found' | 'rejected' | 'malformed';

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
