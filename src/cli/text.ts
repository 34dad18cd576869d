import { durationText } from '../domain/duration.ts';

/** Makes text of a service harmless for a terminal: one line, no escape sequences. */
export function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ').trim();
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
