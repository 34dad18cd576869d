import { plain } from '../views/text.ts';
import type { Check, DoctorReport, Standing } from './check.ts';

const MARKS: Readonly<Record<Standing, string>> = { ok: '✓', warning: '!', failed: '✗', skipped: '–' };

/** @returns one line for each check, its hint below, and a summary */
export function reportText({ checks }: DoctorReport): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap((check) => linesOf(check, width));
  return [...lines, '', summaryOf(checks)].join('\n');
}

function linesOf({ name, status, message, hint }: Check, width: number): string[] {
  const line = `${MARKS[status]} ${status.padEnd('warning'.length)}  ${name.padEnd(width)}  ${plain(message)}`;
  return hint === null ? [line] : [line, `  hint: ${plain(hint)}`];
}

function summaryOf(checks: readonly Check[]): string {
  const count = (status: Standing): number => checks.filter((check) => check.status === status).length;
  const [wrong, doubtful, unasked] = [count('failed'), count('warning'), count('skipped')];
  const parts = [
    wrong === 0 ? 'nothing is wrong' : `${wrong} failed`,
    ...(doubtful === 0 ? [] : [`${doubtful} warning${doubtful === 1 ? '' : 's'}`]),
    ...(unasked === 0 ? [] : [`${unasked} skipped`]),
  ];
  return `${checks.length} check${checks.length === 1 ? '' : 's'}: ${parts.join(', ')}`;
}
