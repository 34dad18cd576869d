import { proxySinks, type Sinks } from '@temporalio/workflow';
import { DEFAULT_ACCOUNT } from '../contract/index.ts';
import type { Measure } from '../contract/metrics.ts';
import type { Track } from '../tracking/track.ts';

/** What the worker records for its workflows: their own meter would add labels that are not named as Prometheus asks. */
export interface MeasureSinks extends Sinks {
  metrics: { measure: Measure };
}

const { measure } = proxySinks<MeasureSinks>().metrics; // silent during replay

/** Counts what only the workflow knows: how a cancel goes on, and how tracking ended. */
export function measureChange(before: Track, track: Track): void {
  const { request, cancel, end } = track;
  const { job, plan } = request;
  if (plan === null) return; // what a caller wrote is no label: it may be anything
  const labels = { provider: job.provider, account: job.account ?? DEFAULT_ACCOUNT };
  if (cancel.phase !== before.cancel.phase && cancel.phase !== 'none') {
    measure('jobtrack_cancels', 1, { ...labels, phase: cancel.phase });
  }
  if (end.is !== 'ended' || before.end.is === 'ended') return;
  const { status, polls, finishedAt, detectedAt } = end.outcome;
  measure('jobtrack_polls_per_job', polls, { ...labels, status });
  if (finishedAt === null) return;
  measure('jobtrack_detection_delay', (Date.parse(detectedAt) - Date.parse(finishedAt)) / 1_000, { ...labels, status });
}
