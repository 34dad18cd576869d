/** How a call to a service failed. What each kind means for the job is in `FAILURES` (src/polling/failure.ts). */
export type FailureKind = 'unavailable' | 'rate-limited' | 'unauthorized' | 'not-found' | 'rejected' | 'malformed';

/**
 * A call to a service failed. This says nothing about the state of the job.
 * `message` is a short text of the service or of ours, without body, headers and credential.
 * @example throw new ProviderError('malformed', 'printshop: poll answer unreadable: no status', { status });
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly kind: FailureKind;
  /** HTTP status; null: no answer. */
  readonly status: number | null;
  /** The wait that the service asked for, ms; null: none. */
  readonly retryAfterMs: number | null;
  /** A content delivery network answered instead of the service. The next poll waits longer. */
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
