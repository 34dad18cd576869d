/**
 * The one comparison of a service's own moments: the same at the coarser of both precisions. A service, or what stands before it, may
 * leave out the fraction at one read and give it at the next, cut or rounded; a second is the coarsest that is taken for a precision.
 * @param one as `isoTime` writes it
 */
export function isSameTimestamp(one: string, other: string): boolean {
  if (one === other) return true;
  const [oneMs, otherMs] = [msOf(one), msOf(other)];
  if (Number.isNaN(oneMs) || Number.isNaN(otherMs)) return false;
  const coarserMs = Math.max(precisionMs(oneMs), precisionMs(otherMs));
  // To the millisecond it may be off by one, where the microseconds were rounded: else two neighbours are two moments.
  return Math.abs(oneMs - otherMs) < Math.max(coarserMs, 2);
}

/** Trailing zeros are taken for digits that were left out. */
function precisionMs(ms: number): number {
  return [1_000, 100, 10].find((step) => ms % step === 0) ?? 1;
}

function msOf(iso: string): number {
  // oxlint-disable-next-line no-restricted-globals -- reads a given time, and no clock
  return Date.parse(iso);
}
