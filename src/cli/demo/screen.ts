import type { JobProgress } from '../../client.ts';
import { barOf, percentOf } from '../../contract/render.ts';
import type { Output } from '../terminal/output.ts';
import { changeText } from '../views/progress.ts';
import { tableOf } from '../views/table.ts';
import { inTime, plain } from '../views/text.ts';
import type { PlannedJob } from './planned-jobs.ts';

/** One line of the live table. */
export interface DemoRow {
  planned: PlannedJob;
  progress: JobProgress | null;
}

/** Shows the demo while it runs. */
export interface Screen {
  /** Shows an event of a worker, a cancel or the demo. */
  event: (text: string) => void;
  /** Call it before the new progress is in the row. */
  changed: (row: DemoRow, progress: JobProgress) => void;
  end: () => void;
}

const PAINT_EVERY_MS = 500;

/** Opens a live table at a terminal. Otherwise it prints a line for each change. */
export function openScreen(output: Output, rows: readonly DemoRow[]): Screen {
  const live = output.live();
  const startedAtMs = Date.now();
  const timed = (text: string): string => `${((Date.now() - startedAtMs) / 1_000).toFixed(0).padStart(3)} s  ${text}`;
  if (live === null) {
    return {
      event: (text) => output.say(timed(text)),
      changed: ({ planned, progress: before }, progress) => {
        if (before?.version !== progress.version) output.say(timed(`${planned.about}: ${changeText(progress)}`));
      },
      end: () => undefined,
    };
  }
  const events: string[] = [];
  const paint = (): void => live.paint(demoTable({ rows, events }, Date.now()));
  const timer = setInterval(paint, PAINT_EVERY_MS);
  return {
    event: (text) => {
      events.push(timed(text));
      paint();
    },
    changed: paint,
    end: () => {
      clearInterval(timer);
      paint();
      live.end();
    },
  };
}

const BAR = 16;
const SHOWN_EVENTS = 6;

/** @param view with the events of workers and cancels, of which the last six are shown @returns the text of the live table */
export function demoTable(view: { rows: readonly DemoRow[]; events: readonly string[] }, nowMs: number): string {
  const heads = ['SERVICE', 'JOB', 'PROGRESS', '', 'STATE', 'POLLS', 'NEXT POLL'];
  const cells = view.rows.map(({ planned, progress }) => [
    planned.provider,
    planned.about,
    barOf(progress?.progress ?? null, BAR),
    percentOf(progress?.progress ?? null),
    stateText(progress),
    String(progress?.polls ?? 0),
    nextPollText(progress, nowMs),
  ]);
  return [tableOf(heads, cells), '', ...view.events.slice(-SHOWN_EVENTS)].join('\n');
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
