import type { Client } from '@temporalio/client';
import type { JobOutcome, JobTracker, TrackedJob } from '../../client.ts';
import type { CreatedJob, SimulatorControl } from '../../simulators/simulator.ts';
import type { Simulators } from '../playground/simulators.ts';
import { PLANNED_JOBS } from './planned-jobs.ts';
import type { DemoJob } from './report.ts';
import type { DemoRow } from './screen.ts';

/** A job of the demo, at the simulator and in Temporal. */
export interface PlayedJob extends DemoRow {
  created: CreatedJob;
  tracked: TrackedJob;
  control: SimulatorControl;
  outcome: JobOutcome | null;
}

/** Creates the jobs at the simulators and tracks them. */
export function startJobs(tracker: JobTracker, simulators: Simulators): Promise<PlayedJob[]> {
  return Promise.all(
    PLANNED_JOBS.map(async (planned) => {
      const { provider, scenario, params, stepMs } = planned;
      const { control } = simulators[provider];
      const created = await control.createJob({ scenario, params: { ...params, stepMs } });
      const tracked = await tracker.track(
        { provider, jobId: created.jobId },
        { polling: { minIntervalMs: 1_000, maxIntervalMs: 5_000 }, labels: { demo: scenario } },
      );
      return { planned, created, tracked, control, progress: null, outcome: null };
    }),
  );
}

/** @returns the result of a job, from the simulator and from Temporal */
export async function reportOf(played: PlayedJob, client: Client): Promise<DemoJob> {
  const { planned, created, tracked, control, outcome } = played;
  const { workflowId } = tracked;
  const { endedAtMs, cancelSeenAtMs } = await control.job(created.jobId, created.queueType);
  const { historyLength } = await client.workflow.getHandle(workflowId).describe();
  const expected = planned.cancel === undefined ? created.expected : created.expectedOnCancel;
  const ended = endedAtMs !== null && outcome !== null && outcome.status !== 'abandoned';
  return {
    workflowId,
    provider: planned.provider,
    jobId: created.jobId,
    scenario: planned.scenario,
    expected: expected.status,
    outcome: outcome?.status ?? null,
    polls: outcome?.polls ?? null,
    historyEvents: historyLength,
    detectionDelayMs: ended ? Date.parse(outcome.detectedAt) - endedAtMs : null,
    cancelSeenByService: cancelSeenAtMs !== null,
  };
}
