/**
 * Compares two timestamps of a service, at the coarser of both precisions (at most a second). A service, or a proxy before it, may leave
 * out the fraction at one poll and give it at the next, cut or rounded.
 * @param one as `isoTime` writes it
 */
export function isSameTimestamp(one: string, other: string): boolean {
  if (one === other) return true;
  const [oneMs, otherMs] = [msOf(one), msOf(other)];
  if (Number.isNaN(oneMs) || Number.isNaN(otherMs)) return false;
  const coarserMs = Math.max(precisionMs(oneMs), precisionMs(otherMs));
  // The milliseconds may differ by one if the microseconds were rounded.
  return Math.abs(oneMs - otherMs) < Math.max(coarserMs, 2);
}

/** @returns whether both are known, and differ. A missing one says nothing */
export function isOtherTimestamp(known: string | null, now: string | null): boolean {
  return known !== null && now !== null && !isSameTimestamp(known, now);
}

/** Trailing zeros count as digits that were left out. */
function precisionMs(ms: number): number {
  return [1_000, 100, 10].find((step) => ms % step === 0) ?? 1;
}

function msOf(iso: string): number {
  // oxlint-disable-next-line no-restricted-globals -- reads a given time, and no clock
  return Date.parse(iso);
}
