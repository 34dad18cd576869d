/** What may cross a boundary: plain JSON, no class instances, no `undefined` that matters. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Narrows anything to a plain record; arrays and null are none. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns `value` with what is nested deeper than `levels` as null: nesting without end is more than JSON can be written of */
export function toDepth(value: unknown, levels: number): unknown {
  if (Array.isArray(value)) return levels === 0 ? null : value.map((item: unknown) => toDepth(item, levels - 1));
  if (!isRecord(value)) return value;
  if (levels === 0) return null;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toDepth(part, levels - 1)]));
}

/** @returns the moment as ISO 8601 in UTC, or null for no moment */
export function isoOf(ms: number | null): string | null {
  return ms === null ? null : isoTime(ms);
}

/** Formats epoch milliseconds as ISO 8601 in UTC. `Date` is used as a formatter only: the core reads no clock. */
export function isoTime(ms: number): string {
  // oxlint-disable-next-line no-restricted-globals -- formats a given time, reads no clock
  return new Date(ms).toISOString();
}
