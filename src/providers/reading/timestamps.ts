/** The end of year 9999: later times have no ISO form that others can read. */
const END_MS = 253_402_300_800_000;
const ISO = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)?\s?(?<zone>Z|z|[+-]\d\d(:?\d\d)?)?$/;
const DAY_MS = 24 * 3_600_000;

/**
 * Reads a Unix time. Below 1e11 it is taken for seconds: the documented samples hold such fillers, and 1e11 ms is 1973.
 * @returns whole epoch ms; null: no number, not positive or beyond year 9999. Texts are no times here.
 */
function unixMs(raw: unknown): number | null {
  if (typeof raw !== 'number' || !(raw > 0)) return null;
  const ms = Math.round(raw < 1e11 ? raw * 1_000 : raw);
  return ms < END_MS ? ms : null;
}

/**
 * Reads an ISO 8601 date and time; without a zone it is UTC, where `Date.parse` would take local time. Offsets as `+02:00`, `+0200`
 * and `+02`, and a decimal comma.
 * @returns epoch ms; null: anything else
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

/** Reads a moment in whichever of both forms a service sends it. */
export function timestampMs(raw: unknown): number | null {
  return unixMs(raw) ?? isoMs(raw);
}

/**
 * How long a job had run, by the service's clocks: its answer's `Date` less the start. The two clocks may differ, so
 * negatives count as 0 (P17).
 * @returns ms, 0..24 h; null: one of the times is missing, or they are more than a day apart, which no run explains
 */
export function ranForMs(startedMs: number | null, dateMs: number | null): number | null {
  if (startedMs === null || dateMs === null) return null;
  const ms = Math.max(0, dateMs - startedMs);
  return ms <= DAY_MS ? ms : null;
}
