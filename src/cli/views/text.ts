import { durationText } from '../../contract/duration.ts';
import { plainText } from '../../contract/text.ts';

const MAX_CELL = 4_000;

/** Cleans a foreign text for one line, such as a cell. At most 4 000 characters. */
export function plain(text: string): string {
  return plainText(text, MAX_CELL);
}

/** @returns the time of day in UTC, such as `14:03:22Z`; the text itself if it is not a timestamp */
export function timeOfDay(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? plain(iso) : `${at.toISOString().slice(11, 19)}Z`;
}

/** @returns text such as `in 3 s`, or `now` for a time in the past */
export function inTime(iso: string, nowMs: number): string {
  const leftMs = Date.parse(iso) - nowMs;
  return leftMs < 500 ? 'now' : `in ${durationText(Math.round(leftMs / 1_000) * 1_000)}`;
}

/** @returns `a`, `a or b`, `a, b or c` */
export function listText(words: readonly string[], conjunction: 'and' | 'or'): string {
  const type = conjunction === 'and' ? 'conjunction' : 'disjunction';
  return new Intl.ListFormat('en-GB', { type }).format(words);
}
