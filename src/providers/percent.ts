import type { Snapshot } from '../domain/job.ts';
import { boundJson } from './bounds.ts';
import { cleanText } from './text.ts';

/** A percentage as read: `value` is 0..100, null for none; `note` says what was odd, null for nothing. */
export interface Percent {
  readonly value: number | null;
  readonly note: string | null;
}

const NONE: Percent = { value: null, note: null };

/**
 * Reads a percentage without coercing: `Number` makes 0 of null, "" and [], and 1 of true (H21).
 * @returns numbers and texts like `45` or `45 %`, clamped to 0..100 with a note (H22); else no value, and the raw one in the note (H23)
 */
export function readPercent(raw: unknown): Percent {
  if (raw === null || raw === undefined) return NONE;
  const percent = typeof raw === 'string' ? percentOfText(raw) : raw;
  if (typeof percent !== 'number' || !Number.isFinite(percent)) {
    return { value: null, note: cleanText(`progress is not a percentage: ${shown(raw)}`) };
  }
  const value = Math.min(100, Math.max(0, percent));
  return { value, note: value === percent ? null : `progress ${percent} is out of range, read as ${value}` };
}

function percentOfText(text: string): number | null {
  const digits = /^\s*(-?\d{1,6}(?:\.\d{1,20})?)\s*%?\s*$/.exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}

function shown(raw: unknown): string {
  if (typeof raw === 'number' || typeof raw === 'string') return String(raw);
  const bounded = boundJson(raw);
  return bounded.kept ? JSON.stringify(bounded.value) : bounded.note;
}

/**
 * What to show: the state decides, the percentage never does. Completed is 100 whatever the service says (P2); a job that
 * has not ended is at most 99, since workers report 100 and then fail or work on (P3). Moderated may yet go on.
 */
export function shownProgress(percent: number | null, state: Snapshot['state']): number | null {
  if (state === 'completed') return 100;
  if (percent === null || state === 'failed' || state === 'cancelled') return percent;
  return Math.min(99, percent);
}
