/** Plain JSON. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** @returns whether it is an object; not an array, not null */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns `value`, with null for everything nested deeper than `levels`, because `JSON.stringify` fails at very deep nesting */
export function toDepth(value: unknown, levels: number): unknown {
  if (Array.isArray(value)) return levels === 0 ? null : value.map((item: unknown) => toDepth(item, levels - 1));
  if (!isRecord(value)) return value;
  if (levels === 0) return null;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toDepth(part, levels - 1)]));
}

/** @param ms since the epoch @returns ISO 8601 in UTC; null for null */
export function isoOf(ms: number | null): string | null {
  return ms === null ? null : isoTime(ms);
}

/** @param ms since the epoch @returns ISO 8601 in UTC */
export function isoTime(ms: number): string {
  // oxlint-disable-next-line no-restricted-globals -- formats a given time, reads no clock
  return new Date(ms).toISOString();
}
