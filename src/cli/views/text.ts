import type { Limits } from '../../client.ts';
import { durationText, exactDurationText } from '../../contract/duration.ts';
import { LIMIT_NAMES, type LimitName } from '../../contract/limits.ts';
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

/** @returns a limit in the form of the option: `2h`, or `none` */
export function limitText(limit: number | null): string {
  return limit === null ? 'none' : exactDurationText(limit);
}

/** @returns the name of a limit in the form of the option, such as `total` */
export function limitNameText(name: LimitName): string {
  return name.replace('Ms', '');
}

/** @returns all limits in the form of the options, such as `total=2h queued=none running=none stalled=30m, on-limit stop` */
export function limitsText(limits: Limits): string {
  const texts = LIMIT_NAMES.map((name) => `${limitNameText(name)}=${limitText(limits[name])}`);
  return `${texts.join(' ')}, on-limit ${plain(limits.onLimit)}`;
}

/** @returns text such as `1 worker` or `2 workers` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
