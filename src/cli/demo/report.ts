import { tableOf } from '../views/table.ts';
import { counted } from '../views/text.ts';

/** The result of one job of the demo. */
export interface DemoJob {
  workflowId: string;
  provider: string;
  jobId: string;
  scenario: string;
  /** The outcome by the simulator's script. */
  expected: string;
  /** The outcome of the workflow; null: none yet. */
  outcome: string | null;
  polls: number | null;
  historyEvents: number | null;
  /** From the end at the service to its detection, ms; null: the job did not end there. */
  detectionDelayMs: number | null;
  cancelSeenByService: boolean;
}

/** The result of the demo, which `--json` prints. */
export interface DemoReport {
  ui: string | null;
  workerKills: number;
  jobs: DemoJob[];
}

/** @returns a sentence for each difference from the script; an empty list if the demo succeeded */
export function shortfallsOf({ workerKills, jobs }: DemoReport): string[] {
  const cancels = jobs.filter(({ expected, provider }) => expected === 'cancelled' && provider === 'deepwriter');
  return [
    ...jobs
      .filter(({ outcome, expected }) => outcome !== expected)
      .map((job) => `${job.workflowId} ended ${job.outcome ?? 'not at all'} instead of ${job.expected}`),
    ...cancels
      .filter(({ cancelSeenByService }) => !cancelSeenByService)
      .map(({ workflowId }) => `the service never saw the cancel of ${workflowId}`),
    ...(cancels.length > 0 ? [] : ['no job was cancelled at a service']),
    ...(workerKills > 0 ? [] : ['no worker was killed']),
  ];
}

export function reportText(report: DemoReport, tookMs: number): string {
  const rows = report.jobs.map((job) => [
    job.provider,
    job.scenario,
    job.expected,
    `${job.outcome === job.expected ? '✓' : '✗'} ${job.outcome ?? '–'}`,
    String(job.polls ?? '–'),
    String(job.historyEvents ?? '–'),
    job.detectionDelayMs === null ? '–' : `${(job.detectionDelayMs / 1_000).toFixed(1)} s`,
    job.cancelSeenByService ? 'seen' : '',
  ]);
  const heads = ['SERVICE', 'SCENARIO', 'EXPECTED', 'OUTCOME', 'POLLS', 'EVENTS', 'DETECTED AFTER', 'CANCEL'];
  const shortfalls = shortfallsOf(report);
  const kills = `${counted(report.workerKills, 'worker')} killed in the middle`;
  const summary =
    shortfalls.length === 0
      ? `All ${report.jobs.length} jobs ended as scripted, ${kills}, in ${Math.round(tookMs / 1_000)} s.`
      : `Not as scripted:\n${shortfalls.map((line) => `  - ${line}`).join('\n')}`;
  return `${tableOf(heads, rows)}\n\n${summary}`;
}
