import { durationText } from '../../contract/duration.ts';
import { plainText } from '../../contract/text.ts';

const MAX_CELL = 4_000;

/** Makes a foreign text a part of one line: a cell, a remark. That nothing of it moves the cursor, the writer sees to as well. */
export function plain(text: string): string {
  return plainText(text, MAX_CELL);
}

/** The time of the day in UTC, `14:03:22Z`; the text itself where it is no moment. */
export function timeOfDay(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? plain(iso) : `${at.toISOString().slice(11, 19)}Z`;
}

/** @returns `in 3 s`, `now` once the moment has come */
export function inTime(iso: string, nowMs: number): string {
  const leftMs = Date.parse(iso) - nowMs;
  return leftMs < 500 ? 'now' : `in ${durationText(Math.round(leftMs / 1_000) * 1_000)}`;
}

/** @returns `a`, `a or b`, `a, b or c` */
export function listText(words: readonly string[], conjunction: 'and' | 'or'): string {
  const type = conjunction === 'and' ? 'conjunction' : 'disjunction';
  return new Intl.ListFormat('en-GB', { type }).format(words);
}
