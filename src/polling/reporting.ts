import { isEnded, type Snapshot } from '../contract/job.ts';
import { type ChangeKey, changeKeyOf, type PollMemory } from './memory.ts';
import { isSameTimestamp } from './timestamp.ts';
import { mayReport } from './report-budget.ts';

/** @returns whether progress changed, and whether something other did */
function changeOf(reported: ChangeKey, now: ChangeKey): { progress: boolean; other: boolean } {
  const keys = Object.keys({ ...reported, ...now }) as (keyof ChangeKey)[];
  const changed = keys.filter((key) => !isSame(key, reported[key] ?? null, now[key] ?? null));
  const ofProgress = changed.filter((key) => key === 'progress' || key === 'rawProgress');
  return { progress: ofProgress.length > 0, other: changed.length > ofProgress.length };
}

function isSame(key: keyof ChangeKey, reported: unknown, now: unknown): boolean {
  if (key !== 'startedAt' || typeof reported !== 'string' || typeof now !== 'string') return reported === now;
  return isSameTimestamp(reported, now);
}

interface ReportTiming {
  nowMs: number;
  /** When the poll was due, not when it was made: if `reportEveryMs` equals a fixed interval, each poll may report progress. */
  wasDueAtMs: number;
  nextMs: number;
  reportEveryMs: number;
}

/** @returns null: nothing to report now. An end and the first answer are always reported at once. */
export function reasonToReport(
  { reported, reportedAtMs, budget }: Pick<PollMemory, 'reported' | 'reportedAtMs' | 'budget'>,
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
