import type { JobProgress } from '../../client.ts';
import { barOf, percentOf } from '../../contract/render.ts';
import { tableOf } from '../views/table.ts';
import { inTime, plain } from '../views/text.ts';
import type { PlannedJob } from './planned-jobs.ts';

/** One line of the live table. */
export interface DemoRow {
  planned: PlannedJob;
  progress: JobProgress | null;
}

export interface DemoView {
  rows: readonly DemoRow[];
  /** Events of workers and cancels. The last six are shown. */
  events: readonly string[];
}

const BAR = 16;
const SHOWN_EVENTS = 6;

/** @returns the text of the live table */
export function demoTable({ rows, events }: DemoView, nowMs: number): string {
  const heads = ['SERVICE', 'JOB', 'PROGRESS', '', 'STATE', 'POLLS', 'NEXT POLL'];
  const cells = rows.map(({ planned, progress }) => [
    planned.provider,
    planned.about,
    barOf(progress?.progress ?? null, BAR),
    percentOf(progress?.progress ?? null),
    stateText(progress),
    String(progress?.polls ?? 0),
    nextPollText(progress, nowMs),
  ]);
  return [tableOf(heads, cells), '', ...events.slice(-SHOWN_EVENTS)].join('\n');
}

function stateText(progress: JobProgress | null): string {
  if (progress === null) return '…';
  const { state, outcome, cancel, stage } = progress;
  if (outcome !== null) return `● ${outcome.status}`;
  const cancelling = cancel.phase === 'none' ? '' : `, cancel ${cancel.phase}`;
  return plain(`${state}${stage === null ? '' : ` (${stage})`}${cancelling}`);
}

function nextPollText(progress: JobProgress | null, nowMs: number): string {
  if (progress === null || progress.outcome !== null || progress.nextPollAt === null) return '';
  // Until the heartbeat timeout, the hold of the killed worker keeps its next poll, which is then late.
  const lateMs = nowMs - Date.parse(progress.nextPollAt);
  return lateMs > 5_000 ? 'worker lost' : inTime(progress.nextPollAt, nowMs);
}
