import { counted, plain } from '../views/text.ts';

/** The result of one check. `skipped`: the check could not be made, or was not needed. */
export type Standing = 'ok' | 'warning' | 'failed' | 'skipped';

/** One line of the report. `hint`: what to do; null: nothing, or it is in another check. */
export interface Check {
  readonly name: string;
  readonly status: Standing;
  readonly message: string;
  readonly hint: string | null;
}

/** The answer with `--json`. `ok`: nothing failed; there may be warnings. */
export interface DoctorReport {
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

export function ok(name: string, message: string, hint: string | null = null): Check {
  return { name, status: 'ok', message, hint };
}

export function warning(name: string, message: string, hint: string): Check {
  return { name, status: 'warning', message, hint };
}

export function failed(name: string, message: string, hint: string): Check {
  return { name, status: 'failed', message, hint };
}

export function skipped(name: string, message: string): Check {
  return { name, status: 'skipped', message, hint: null };
}

export function reportOf(checks: readonly Check[]): DoctorReport {
  return { ok: checks.every(({ status }) => status !== 'failed'), checks };
}

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
    ...(doubtful === 0 ? [] : [counted(doubtful, 'warning')]),
    ...(unasked === 0 ? [] : [`${unasked} skipped`]),
  ];
  return `${counted(checks.length, 'check')}: ${parts.join(', ')}`;
}
