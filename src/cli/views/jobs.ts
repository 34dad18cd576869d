import type { JobSummary } from '../../client.ts';
import { barOf, percentOf } from '../../contract/render.ts';
import { tableOf } from './table.ts';
import { plain } from './text.ts';

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
