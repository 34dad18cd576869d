import { proxySinks, type Sinks } from '@temporalio/workflow';
import { DEFAULT_ACCOUNT } from '../contract/index.ts';
import type { Measure } from '../contract/metrics.ts';
import type { Track } from '../tracking/track.ts';

/** The worker records metrics for its workflows. The SDK's meter for workflows adds labels that do not follow Prometheus' naming rules. */
export interface MeasureSinks extends Sinks {
  metrics: { measure: Measure };
}

const { measure } = proxySinks<MeasureSinks>().metrics; // silent during replay

/** Counts what only the workflow knows: how a cancel goes on, and how tracking ended. */
export function measureChange(before: Track, track: Track): void {
  const { request, cancel, end } = track;
  const { job, plan } = request;
  if (plan === null) return; // before the plan, provider and account can be any text, which must not become a label
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
