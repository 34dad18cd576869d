/** Node's timers fire after 1 ms for longer delays, and for NaN and negative ones (H9). */
export const MAX_DELAY_MS = 2_147_483_647;

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const TIME = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`;

/** The three forms of an HTTP date. All are UTC; `Date.parse` would read the third, asctime, as local time (H2). */
const HTTP_DATES = [
  new RegExp(String.raw`^[A-Z][a-z]{2}, (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) ${TIME} GMT$`),
  new RegExp(String.raw`^[A-Z][a-z]{5,8}, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) ${TIME} GMT$`),
  new RegExp(String.raw`^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) ${TIME} (?<year>\d{4})$`),
];

/**
 * Turns any number into a valid delay of a timer (H9).
 * @returns whole ms, rounded up, 0..2147483647; NaN counts as 0
 */
export function delayMs(ms: number): number {
  return Number.isNaN(ms) ? 0 : Math.min(MAX_DELAY_MS, Math.max(0, Math.ceil(ms)));
}

/** Limits the wait that a service asks for to 1 s at least, and 1 h at most (H4). */
export function clampRetryAfterMs(ms: number): number {
  return Math.min(HOUR, Math.max(SECOND, delayMs(ms)));
}

/**
 * Reads an HTTP date in any of its three forms.
 * @param nowMs decides the century of a two-digit year
 * @returns ms since the epoch; null: not an HTTP date
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
  // `Date.UTC` turns 31 February into a day of March.
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
 * Reads `Retry-After`: seconds (H1) or a date (H2). Any other value counts as missing (H3).
 * @param values all values of the header; a proxy may join several with commas
 * @param dateMs the `Date` of the answer, which makes a wrong clock harmless; null: `nowMs` is used
 * @returns the longest wait, whole ms, 0..2147483647, before it is clamped; null: no readable value
 * @see RFC 9110, section 10.2.3
 */
export function retryAfterMs(values: readonly string[], dateMs: number | null, nowMs: number): number | null {
  const waits = values.flatMap((value) => {
    const date = httpDateMs(value, nowMs);
    if (date !== null) return [delayMs(date - (dateMs ?? nowMs))];
    // A pattern finds the seconds. `Date.parse('5')` would read them as May 2001.
    const seconds = value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => /^\d+(\.\d+)?$/.test(part));
    return seconds.map((part) => delayMs(Number(part) * SECOND));
  });
  return waits.length === 0 ? null : Math.max(...waits);
}
