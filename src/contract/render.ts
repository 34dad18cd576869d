import type { JobRef } from './job.ts';
import type { JobProgress } from './progress.ts';
import { MAX_SUMMARY } from './server-limits.ts';
import { clip } from './text.ts';

/** @returns one line that names a job, such as `printshop job 42` */
export function summaryOf(job: JobRef): string {
  return `${job.provider} job ${job.jobId}`;
}

/** @param what a prefix that says what is done @returns a summary for the UI, within the limit of the server */
export function uiSummaryOf(job: JobRef, what = ''): string {
  return clip(`${what}${summaryOf(job)}`, MAX_SUMMARY);
}

/** @returns a bar of `width` cells; all are empty if the progress is not known */
export function barOf(progress: number | null, width: number): string {
  const full = Math.round(((progress ?? 0) / 100) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** @returns text such as `45 %`; `– %` if the progress is not known */
export function percentOf(progress: number | null): string {
  return progress === null ? '– %' : `${Math.round(progress)} %`;
}

/** @returns the details for Temporal's UI, in Markdown */
export function detailsOf(progress: JobProgress): string {
  const { health, cancel, outcome } = progress;
  const cancelError = cancel.error === null ? '' : `: ${inline(cancel.error)}`;
  const lines = [
    `\`${barOf(progress.progress, 20)}\` **${percentOf(progress.progress)}** · **${progress.state}**${wordOf(progress)}`,
    listed('Stage', progress.stage),
    listed('Title', progress.title),
    listed('Expected end', progress.expectedEndAt),
    listed('Note', progress.message),
    listed('Last error at the service', progress.lastError),
    health.status !== 'ok' && `- **Health: ${health.status}** since ${health.since}: ${inline(health.error ?? '')}`,
    cancel.phase !== 'none' && `- **Cancel: ${cancel.phase}**${cancelError}`,
    outcome !== null && `- **Outcome: ${outcome.status}**`,
    `- Last change ${progress.lastChangeAt ?? 'not yet'}, polls ${progress.polls}, tracked since ${progress.trackedSince}`,
  ];
  return lines.filter((line) => line !== false).join('\n');
}

function wordOf({ providerState, state }: JobProgress): string {
  return providerState === null || providerState === state ? '' : ` (${inline(providerState)})`;
}

function listed(name: string, text: string | null): string | false {
  return text !== null && `- ${name}: ${inline(text)}`;
}

/** Escapes a service's text, so that it cannot end the line, open a link or write HTML. */
function inline(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_[\]<>|]/g, String.raw`\$&`);
}
