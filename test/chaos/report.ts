import type { ChaosReport } from './run.ts';

/** @returns the summary in numbers, one line */
export function summaryOf(report: ChaosReport): string {
  const { schedule, played, judged } = report;
  const { jobs, serverKills, workerKills, troubles } = played;
  const cancels = jobs.flatMap((job) => job.cancels).length;
  const detections = judged.flatMap(({ detectionMs }) => (detectionMs === null ? [] : [detectionMs]));
  const latest = Math.max(0, ...judged.map(({ latestPollMs }) => latestPollMs));
  const did = `${jobs.length} jobs, ${serverKills} server kills, ${workerKills} worker kills, ${cancels} cancels, ${troubles} faults`;
  const lost = judged.filter(({ problems }) => problems.length > 0).length;
  const shares = `p50 ${seconds(quantile(detections, 0.5))}, p95 ${seconds(quantile(detections, 0.95))}, max ${seconds(quantile(detections, 1))}`;
  return `chaos seed ${schedule.seed}: ${did}; ${lost} lost; detection ${shares}; latest poll ${seconds(latest)} after it was due`;
}

/** @returns one line for each problem; empty if there is none */
export function problemLines({ judged, problems }: ChaosReport): string[] {
  const ofJobs = judged.flatMap(({ job, problems: own }) =>
    own.map((problem) => `${job.planned.name} (${job.planned.scene.scenario}, ${job.workflowId}): ${problem}`),
  );
  return [...problems, ...ofJobs];
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
