/** The end of the year 9999. Later times have no common ISO form. */
const END_MS = 253_402_300_800_000;
const ISO = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)?\s?(?<zone>Z|z|[+-]\d\d(:?\d\d)?)?$/;
const DAY_MS = 24 * 3_600_000;

/**
 * Reads a Unix time in ms or s. A value below 1e11 is in seconds: the documented samples have such values, and 1e11 ms is in 1973.
 * @returns whole ms since the epoch; null: not a number, not positive, or after the year 9999
 */
function unixMs(raw: unknown): number | null {
  if (typeof raw !== 'number' || !(raw > 0)) return null;
  const ms = Math.round(raw < 1e11 ? raw * 1_000 : raw);
  return ms < END_MS ? ms : null;
}

/**
 * Reads an ISO 8601 date and time. Without a zone it is UTC; `Date.parse` would read local time. Offsets may be `+02:00`, `+0200`
 * or `+02`. The decimal sign may be a comma.
 * @returns ms since the epoch; null: any other text or type
 */
function isoMs(raw: unknown): number | null {
  if (typeof raw !== 'string') return null;
  const found = ISO.exec(raw.trim());
  if (found === null) return null;
  const zone = found.groups?.['zone'] ?? '';
  const local = found[0]
    .slice(0, found[0].length - zone.length)
    .trim()
    .replace(',', '.')
    .replace(/[t ]/, 'T');
  const ms = Date.parse(`${local}${zoneOf(zone)}`);
  return Number.isNaN(ms) ? null : ms;
}

function zoneOf(zone: string): string {
  if (zone === '' || zone.toUpperCase() === 'Z') return 'Z';
  return `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`;
}

/** Reads a timestamp as a Unix time or as ISO 8601. @returns ms since the epoch; null: unreadable */
export function timestampMs(raw: unknown): number | null {
  return unixMs(raw) ?? isoMs(raw);
}

/**
 * Computes how long a job has run, by the service's clocks: the answer's `Date` minus the start. The two clocks may differ, so a
 * negative value counts as 0 (P17).
 * @returns ms, 0..24 h; null: a time is missing, or they are more than a day apart, so that one must be wrong
 */
export function ranForMs(startedMs: number | null, dateMs: number | null): number | null {
  if (startedMs === null || dateMs === null) return null;
  const ms = Math.max(0, dateMs - startedMs);
  return ms <= DAY_MS ? ms : null;
}
