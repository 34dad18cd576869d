import type { Snapshot } from '../contract/job.ts';
import { isEnded } from '../contract/job.ts';
import type { ChangeKey } from './memory.ts';
import { changeKeyOf } from './memory.ts';
import { isSameMoment } from './moment.ts';
import type { ReportBudget } from './report-budget.ts';
import { mayReport } from './report-budget.ts';

interface Change {
  readonly progress: boolean;
  /** Anything but progress. */
  readonly other: boolean;
}

function changeOf(told: ChangeKey, now: ChangeKey): Change {
  const keys = Object.keys({ ...told, ...now }) as (keyof ChangeKey)[];
  const changed = keys.filter((key) => !isSame(key, told[key] ?? null, now[key] ?? null));
  const ofProgress = changed.filter((key) => key === 'progress' || key === 'rawProgress');
  return { progress: ofProgress.length > 0, other: changed.length > ofProgress.length };
}

function isSame(key: keyof ChangeKey, told: unknown, now: unknown): boolean {
  if (key !== 'startedAt' || typeof told !== 'string' || typeof now !== 'string') return told === now;
  return isSameMoment(told, now);
}

/** What was told, and may be. */
interface Told {
  readonly told: ChangeKey | null;
  readonly toldAtMs: number | null;
  readonly budget?: ReportBudget;
}

export interface Telling {
  nowMs: number;
  /** Not when it came: in its place, a job is due exactly each fixed interval, and may tell each time where both are as long. */
  wasDueAtMs: number;
  nextMs: number;
  reportEveryMs: number;
}

/** @returns null: nothing to tell now. An end and the first answer are told at once, whatever was told before. */
export function whyTold(
  { told, toldAtMs, budget }: Told,
  snapshot: Snapshot,
  { nowMs, wasDueAtMs, nextMs, reportEveryMs }: Telling,
): 'end' | 'change' | 'progress' | null {
  if (told === null || toldAtMs === null) return 'end';
  const change = changeOf(told, changeKeyOf(snapshot));
  if (isEnded(snapshot.state) && change.other) return 'end';
  if (change.other && mayReport(budget, nowMs)) return 'change';
  // Progress alone waits for the report time, unless the next poll would come even later than that.
  const isTime = wasDueAtMs - toldAtMs >= reportEveryMs || nextMs > reportEveryMs;
  return change.progress && isTime ? 'progress' : null;
}
