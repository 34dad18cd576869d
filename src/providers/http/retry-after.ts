/** Above this Node's timers fire after 1 ms, as for NaN and negatives (H9). */
export const MAX_DELAY_MS = 2_147_483_647;

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const TIME = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`;

/** The three shapes of an HTTP date; all are UTC, also asctime, which `Date.parse` would read as local time (H2). */
const HTTP_DATES = [
  new RegExp(String.raw`^[A-Z][a-z]{2}, (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) ${TIME} GMT$`),
  new RegExp(String.raw`^[A-Z][a-z]{5,8}, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) ${TIME} GMT$`),
  new RegExp(String.raw`^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) ${TIME} (?<year>\d{4})$`),
];

/**
 * Makes any number fit for a timer (H9).
 * @returns whole ms, rounded up, 0..2147483647; NaN counts as 0
 */
export function delayMs(ms: number): number {
  return Number.isNaN(ms) ? 0 : Math.min(MAX_DELAY_MS, Math.max(0, Math.ceil(ms)));
}

/** Clamps the wait that a service asks for to 1 s and 1 h, so that it is neither polled without a pause nor left for days (H4). */
export function clampRetryAfterMs(ms: number): number {
  return Math.min(HOUR, Math.max(SECOND, delayMs(ms)));
}

/**
 * Reads an HTTP date in any of its three shapes, and nothing else.
 * @param nowMs decides the century of a two-digit year
 * @returns epoch ms; null: no HTTP date
 * @see RFC 9110, section 5.6.7
 */
export function httpDateMs(text: string, nowMs: number): number | null {
  const groups = HTTP_DATES.map((shape) => shape.exec(text.trim())?.groups).find((found) => found !== undefined);
  if (groups === undefined) return null;
  const field = (name: string): number => Number(groups[name]);
  const month = MONTHS.indexOf(groups['month'] ?? '');
  const year = groups['year']?.length === 2 ? centuryOf(field('year'), nowMs) : field('year');
  const ms = Date.UTC(year, month, field('day'), field('hour'), field('minute'), field('second'));
  const isReal = month >= 0 && field('hour') < 24 && field('minute') < 60 && field('second') <= 60;
  // `Date.UTC` rolls 31 February over into March.
  return isReal && field('day') > 0 && new Date(Date.UTC(year, month, field('day'))).getUTCMonth() === month
    ? ms
    : null;
}

function centuryOf(twoDigits: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + twoDigits;
  return year > thisYear + 50 ? year - 100 : year;
}

/**
 * Reads `Retry-After`: digits first (H1), then dates (H2); anything else is no header (H3).
 * @param values every value sent under that name; a proxy may have joined several with commas
 * @param dateMs the answer's own `Date`, so that a skewed clock does not matter; null: ours is used
 * @returns the longest wait that was asked for, whole ms, 0..2147483647, not yet clamped to what we obey; null: none was readable
 * @see RFC 9110, section 10.2.3
 */
export function retryAfterMs(values: readonly string[], dateMs: number | null, nowMs: number): number | null {
  const waits = values.flatMap((value) => {
    const date = httpDateMs(value, nowMs);
    if (date !== null) return [delayMs(date - (dateMs ?? nowMs))];
    // `Date.parse('5')` would be May 2001: a pattern decides what digits are.
    const seconds = value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => /^\d+(\.\d+)?$/.test(part));
    return seconds.map((part) => delayMs(Number(part) * SECOND));
  });
  return waits.length === 0 ? null : Math.max(...waits);
}
