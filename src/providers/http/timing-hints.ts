import type { Incoming } from './exchange.ts';
import { quotaWaitMs } from './rate-limit.ts';
import { httpDateMs, retryAfterMs } from './retry-after.ts';

/** What the headers of an answer say about time and quota. */
export interface TimingHints {
  readonly date: number | null;
  /** `Retry-After` as asked, before it is clamped. */
  readonly askedMs: number | null;
  /** By the rate headers nothing remains for so long; null: something does, or `Retry-After` says more. */
  readonly quotaWaitMs: number | null;
}

export function timingHintsOf({ headers, valuesOf }: Incoming): TimingHints {
  const nowMs = Date.now();
  const date = httpDateMs(headers.date ?? '', nowMs);
  const askedMs = retryAfterMs(valuesOf('retry-after'), date, nowMs);
  // What the service asks for in words of its own wins over what its counters say (H8).
  return { date, askedMs, quotaWaitMs: askedMs === null ? quotaWaitMs({ valuesOf, dateMs: date, nowMs }) : null };
}
