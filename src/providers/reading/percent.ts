import { createHash } from 'node:crypto';
import type { Snapshot } from '../../contract/job.ts';
import { isRecord } from '../../contract/json.ts';
import { boundJson } from './bounds.ts';
import { cleanText } from './text.ts';

/** A percentage as read: `value` is 0..100, null for none; `note` says what was odd, null for nothing. */
export interface Percent {
  readonly value: number | null;
  readonly note: string | null;
  /** Differs where the service's own value does, at most 64 characters; null: `value` says all. */
  readonly mark: string | null;
}

const NONE: Percent = { value: null, note: null, mark: null };

/**
 * Reads a percentage without coercing: `Number` makes 0 of null, "" and [], and 1 of true (H21).
 * @returns numbers, texts like `45`, `45 %` or `45/100`, and objects with one of these or with a count and a total, clamped to 0..100
 * with a note (H22); else no value, and the raw one in the note (H23)
 */
export function readPercent(raw: unknown): Percent {
  if (raw === null || raw === undefined) return NONE;
  const percent = isRecord(raw) ? percentOfRecord(raw) : percentOf(raw);
  const mark = markOf(raw);
  if (percent === null) return { value: null, note: cleanText(`progress is not a percentage: ${shown(raw)}`), mark };
  const value = Math.min(100, Math.max(0, percent));
  return { value, note: value === percent ? null : `progress ${percent} is out of range, read as ${value}`, mark };
}

/** Any change of what the service sent is a sign of life, though it shows as the same number or as none. */
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

/** The order: a percentage by its name, a count with its total, a likely percentage. So `{ value: 3, total: 4 }` is 75 %, not 3 %. */
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
 * What to show: the state decides, the percentage never does. Completed is 100 whatever the service says (P2); a job that
 * has not ended is at most 99, since workers report 100 and then fail or work on (P3). A moderated job may still go on.
 */
export function shownProgress(percent: number | null, state: Snapshot['state']): number | null {
  if (state === 'completed') return 100;
  if (percent === null || state === 'failed' || state === 'cancelled') return percent;
  return Math.min(99, percent);
}
