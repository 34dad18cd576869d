import type { CommandContext } from '../command.ts';
import { changeText } from '../views/progress.ts';
import type { JobProgress } from '../../client.ts';
import { type DemoRow, demoTable } from './view.ts';

/** Shows the demo while it runs. */
export interface Screen {
  /** Shows an event of a worker, a cancel or the demo. */
  event: (text: string) => void;
  changed: (row: DemoRow, progress: JobProgress) => void;
  end: () => void;
}

const PAINT_EVERY_MS = 500;

/** Opens a live table at a terminal. Otherwise it prints a line for each change. */
export function openScreen({ output }: CommandContext, rows: readonly DemoRow[]): Screen {
  const live = output.live();
  const startedAtMs = Date.now();
  const events: string[] = [];
  const at = (): string => `${((Date.now() - startedAtMs) / 1_000).toFixed(0).padStart(3)} s`;
  if (live === null) {
    return {
      event: (text) => output.say(`${at()}  ${text}`),
      changed: ({ planned, progress: before }, progress) => {
        if (before?.version !== progress.version) output.say(`${at()}  ${planned.about}: ${changeText(progress)}`);
      },
      end: () => undefined,
    };
  }
  const paint = (): void => live.paint(demoTable({ rows, events }, Date.now()));
  const timer = setInterval(paint, PAINT_EVERY_MS);
  return {
    event: (text) => {
      events.push(`${at()}  ${text}`);
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
