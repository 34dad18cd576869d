import { createHash } from 'node:crypto';
import type { Snapshot } from '../../contract/job.ts';
import { isRecord } from '../../contract/json.ts';
import { boundJson } from './bounds.ts';
import { cleanText } from './text.ts';

/** The result of `readPercent`. */
export interface Percent {
  /** 0..100; null: none. */
  readonly value: number | null;
  /** What was wrong with the raw value; null: nothing. */
  readonly note: string | null;
  /** Changes with the raw value, at most 64 characters; null: `value` is enough to see a change. */
  readonly mark: string | null;
}

const NONE: Percent = { value: null, note: null, mark: null };

/**
 * Reads a percentage. It accepts numbers, texts like `45`, `45 %` or `45/100`, and objects with one of these or with a count and a
 * total. It never coerces, because `Number` turns null, "" and [] into 0, and true into 1 (H21).
 * @returns the value, clamped to 0..100 with a note (H22); if unreadable, no value, and the raw one in the note (H23)
 * @example readPercent('45/90').value // 50
 */
export function readPercent(raw: unknown): Percent {
  if (raw === null || raw === undefined) return NONE;
  const percent = isRecord(raw) ? percentOfRecord(raw) : percentOf(raw);
  const mark = markOf(raw);
  if (percent === null) return { value: null, note: cleanText(`progress is not a percentage: ${shown(raw)}`), mark };
  const value = Math.min(100, Math.max(0, percent));
  return { value, note: value === percent ? null : `progress ${percent} is out of range, read as ${value}`, mark };
}

/** A change of the raw value shows that the job is alive, even if the percentage stays the same or cannot be read. */
function markOf(raw: unknown): string | null {
  if (typeof raw === 'number' && raw >= 0 && raw < 99) return null;
  const text = shown(raw);
  return text.length <= MAX_MARK ? text : createHash('sha256').update(text).digest('hex').slice(0, MAX_MARK);
}

const MAX_MARK = 64;

function percentOf(raw: unknown): number | null {
  if (typeof raw === 'number') return Number.isFinite(raw) ? raw : null;
  return typeof raw === 'string' ? percentOfText(raw) : null;
}

const COUNTS = ['completed', 'done', 'processed', 'finished', 'current', 'loaded', 'progress', 'value'];
const TOTALS = ['total', 'max', 'of'];
const PERCENTS = ['percent', 'percentage', 'progress', 'value'];

/** The order is: a field named as a percentage, a count with a total, another likely field. So `{ value: 3, total: 4 }` is 75 %, not 3 %. */
function percentOfRecord(fields: Readonly<Record<string, unknown>>): number | null {
  const [percent, percentage, ...likely] = PERCENTS.map((key) => percentOf(fields[key]));
  const counted = ratio(firstNumber(fields, COUNTS), firstNumber(fields, TOTALS));
  return [percent, percentage, counted, ...likely].find((value) => value !== null) ?? null;
}

function firstNumber(fields: Readonly<Record<string, unknown>>, keys: readonly string[]): number | null {
  const value = keys.map((key) => fields[key]).find((one) => typeof one === 'number');
  return typeof value === 'number' ? value : null;
}

function ratio(count: number | null, total: number | null): number | null {
  if (count === null || total === null || !(total > 0) || !(count >= 0)) return null;
  return Number.isFinite(count) ? Math.round((count / total) * 10_000) / 100 : null;
}

function percentOfText(text: string): number | null {
  const found = /^\s*(-?\d{1,6}(?:\.\d{1,20})?)\s*(?:%|(?:\/|of)\s*(\d{1,9}(?:\.\d{1,20})?))?\s*$/.exec(text);
  if (found === null) return null;
  return found[2] === undefined ? Number(found[1]) : ratio(Number(found[1]), Number(found[2]));
}

function shown(raw: unknown): string {
  if (typeof raw === 'number' || typeof raw === 'string') return String(raw);
  const bounded = boundJson(raw);
  return bounded.kept ? JSON.stringify(bounded.value) : bounded.note;
}

/**
 * Adjusts a percentage to the state. A completed job has 100, whatever the service says (P2). A job that has not ended has at most
 * 99, because services report 100 and then fail or work on (P3). A moderated job has not ended.
 * @param percent 0..100; null: not known
 */
export function shownProgress(percent: number | null, state: Snapshot['state']): number | null {
  if (state === 'completed') return 100;
  if (percent === null || state === 'failed' || state === 'cancelled') return percent;
  return Math.min(99, percent);
}
