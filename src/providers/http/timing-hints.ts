import type { Incoming } from './exchange.ts';
import { quotaWaitMs } from './rate-limit.ts';
import { httpDateMs, retryAfterMs } from './retry-after.ts';

/** Time and quota from the headers of an answer. */
export interface TimingHints {
  /** `Date`, ms since the epoch; null: missing or unreadable. */
  readonly date: number | null;
  /** `Retry-After`, ms, before it is clamped; null: none. */
  readonly askedMs: number | null;
  /** How long the quota is used up, ms; null: it is not, or the answer has `Retry-After`, which counts more. */
  readonly quotaWaitMs: number | null;
}

export function timingHintsOf({ headers, valuesOf }: Incoming): TimingHints {
  const nowMs = Date.now();
  const date = httpDateMs(headers.date ?? '', nowMs);
  const askedMs = retryAfterMs(valuesOf('retry-after'), date, nowMs);
  // `Retry-After` is explicit, so it wins over the counters of the rate headers (H8).
  return { date, askedMs, quotaWaitMs: askedMs === null ? quotaWaitMs({ valuesOf, dateMs: date, nowMs }) : null };
}
