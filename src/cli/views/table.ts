import stringWidth from 'string-width';
import type { JobSummary, TimelineEntry } from '../../client.ts';
import { barOf, percentOf } from '../../contract/render.ts';
import { plain } from './text.ts';

/** @returns a table. A column is as wide as its widest cell, and right-aligned if it has only numbers. */
export function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) =>
    Math.max(stringWidth(head), ...rows.map((row) => stringWidth(row[column] ?? ''))),
  );
  const numeric = heads.map(
    (_, column) => rows.length > 0 && rows.every((row) => /^([\d.]+( \S+)?|–)?$/.test(row[column] ?? '')),
  );
  const line = (row: readonly string[]): string =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? '';
        const space = ' '.repeat(width - stringWidth(cell));
        return numeric[column] === true ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd();
  return [line(heads), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n');
}

export function jobsTable(jobs: readonly JobSummary[]): string {
  const rows = jobs.map((job) => [
    job.workflowId,
    job.state ?? job.status.toLowerCase(),
    job.progress === null ? '–' : `${barOf(job.progress, 10)} ${percentOf(job.progress)}`,
    job.health ?? '–',
    job.startedAt.replace(/\.\d+Z$/, 'Z'),
    Object.entries(job.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(' '),
  ]);
  return tableOf(
    ['WORKFLOW ID', 'STATE', 'PROGRESS', 'HEALTH', 'STARTED', 'LABELS'],
    rows.map((row) => row.map(plain)),
  );
}

/** @param total null: not known */
export function cutText(shown: number, total: number | null): string {
  const which =
    total === null || total <= shown
      ? `only the ${shown} newest, and there are more`
      : `only the ${shown} newest of ${total} jobs`;
  return `warning: ${which}; --limit all lists all`;
}

export function timelineTable(entries: readonly TimelineEntry[]): string {
  const rows = entries.map(({ at, state, providerState, progress, note }) =>
    [at, state, providerState ?? '–', percentOf(progress), note ?? ''].map(plain),
  );
  return tableOf(['AT', 'STATE', 'PROVIDER SAYS', 'PROGRESS', 'NOTE'], rows);
}
