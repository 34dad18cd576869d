import { isEnded, type Snapshot } from '../contract/job.ts';
import { type ChangeKey, changeKeyOf } from './memory.ts';
import { isSameTimestamp } from './timestamp.ts';
import { mayReport, type ReportBudget } from './report-budget.ts';

interface Change {
  readonly progress: boolean;
  /** Something other than progress changed. */
  readonly other: boolean;
}

function changeOf(reported: ChangeKey, now: ChangeKey): Change {
  const keys = Object.keys({ ...reported, ...now }) as (keyof ChangeKey)[];
  const changed = keys.filter((key) => !isSame(key, reported[key] ?? null, now[key] ?? null));
  const ofProgress = changed.filter((key) => key === 'progress' || key === 'rawProgress');
  return { progress: ofProgress.length > 0, other: changed.length > ofProgress.length };
}

function isSame(key: keyof ChangeKey, reported: unknown, now: unknown): boolean {
  if (key !== 'startedAt' || typeof reported !== 'string' || typeof now !== 'string') return reported === now;
  return isSameTimestamp(reported, now);
}

/** What was reported, and what may be. */
interface Reported {
  readonly reported: ChangeKey | null;
  readonly reportedAtMs: number | null;
  readonly budget?: ReportBudget;
}

export interface ReportTiming {
  nowMs: number;
  /** When the poll was due, not when it was made: if `reportEveryMs` equals a fixed interval, each poll may report progress. */
  wasDueAtMs: number;
  nextMs: number;
  reportEveryMs: number;
}

/** @returns null: nothing to report now. An end and the first answer are always reported at once. */
export function reasonToReport(
  { reported, reportedAtMs, budget }: Reported,
  snapshot: Snapshot,
  { nowMs, wasDueAtMs, nextMs, reportEveryMs }: ReportTiming,
): 'end' | 'change' | 'progress' | null {
  if (reported === null || reportedAtMs === null) return 'end';
  const change = changeOf(reported, changeKeyOf(snapshot));
  if (isEnded(snapshot.state) && change.other) return 'end';
  if (change.other && mayReport(budget, nowMs)) return 'change';
  // If only progress changed, the report waits for its time, unless the next poll comes later than that.
  const isTime = wasDueAtMs - reportedAtMs >= reportEveryMs || nextMs > reportEveryMs;
  return change.progress && isTime ? 'progress' : null;
}
