import { clampRetryAfterMs, delayMs } from './retry-after.ts';

/** The input of `quotaWaitMs`. */
export interface RateHeaders {
  /** All values of a header. The name is in lower case. */
  readonly valuesOf: (name: string) => readonly string[];
  /** The `Date` of the answer, ms since the epoch; null: `nowMs` is used. */
  readonly dateMs: number | null;
  readonly nowMs: number;
}

const SECOND = 1_000;
/** Larger values of `reset` are a Unix time, not a number of seconds from now (H7). */
const EPOCH_SECONDS = 1e9;
const EPOCH_MS = 1e12;

/**
 * Reads from rate headers, in all common forms (H6-H8), how long the quota is used up. A malformed header counts as missing.
 * @returns the longest wait of a quota with nothing remaining, ms, 1 s to 1 h (H4); null: no such quota
 * @see IETF draft-ietf-httpapi-ratelimit-headers: -06 (three headers), -07 (one dictionary), -08 on (a list)
 */
export function quotaWaitMs(headers: RateHeaders): number | null {
  const waits = [
    ...fromThree(headers, 'ratelimit'),
    ...fromThree(headers, 'x-ratelimit'),
    ...headers.valuesOf('ratelimit').flatMap(fromOne),
  ]
    .filter(({ remaining }) => remaining === 0)
    .flatMap(({ reset }) => (reset === null ? [] : [resetMs(reset, headers)]));
  return waits.length === 0 ? null : clampRetryAfterMs(Math.max(...waits));
}

/** One quota; null: missing, or not a number. */
interface Quota {
  readonly remaining: number | null;
  readonly reset: number | null;
}

/** `RateLimit-Remaining: 0`, `RateLimit-Reset: 30`. A proxy may join several with commas; the n-th values belong together. */
function fromThree({ valuesOf }: RateHeaders, prefix: string): Quota[] {
  const partsOf = (name: string): string[] => valuesOf(`${prefix}-${name}`).flatMap((value) => value.split(','));
  const resets = partsOf('reset');
  return partsOf('remaining').map((remaining, index) => ({
    remaining: numberOf(remaining),
    reset: numberOf(resets[index] ?? resets.at(-1)),
  }));
}

/** `limit=60, remaining=0, reset=30`, or a list of `"name";r=0;t=30`. */
function fromOne(value: string): Quota[] {
  const items = splitOutsideQuotes(value, ',');
  const { remaining, reset } = namedIn(items);
  const listed = items.map((item) => {
    const { r, t } = namedIn(splitOutsideQuotes(item, ';').slice(1));
    return { remaining: numberOf(r), reset: numberOf(t) };
  });
  return [{ remaining: numberOf(remaining), reset: numberOf(reset) }, ...listed];
}

function namedIn(parts: readonly string[]): Readonly<Record<string, string | undefined>> {
  const pairs = parts.map((part) => part.split('='));
  return Object.fromEntries(pairs.map(([name = '', text]) => [name.trim().toLowerCase(), text]));
}

/** The name of a policy is a quoted string, and may contain the separator. */
function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = [''];
  let isQuoted = false;
  for (const letter of text) {
    if (letter === '"') isQuoted = !isQuoted;
    if (letter === separator && !isQuoted) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts;
}

/** `Number('')` is 0, which would mean that the quota is used up. So a pattern decides. */
function numberOf(text: unknown): number | null {
  return typeof text === 'string' && /^-?\d{1,16}(\.\d+)?$/.test(text.trim()) ? Number(text) : null;
}

function resetMs(reset: number, { dateMs, nowMs }: RateHeaders): number {
  if (reset > EPOCH_MS) return delayMs(reset - (dateMs ?? nowMs));
  if (reset > EPOCH_SECONDS) return delayMs(reset * SECOND - (dateMs ?? nowMs));
  return delayMs(reset * SECOND);
}
