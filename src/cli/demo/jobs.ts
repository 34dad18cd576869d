import type { Client } from '@temporalio/client';
import type { JobOutcome, JobTracker, TrackedJob } from '../../client.ts';
import type { CreatedJob, SimulatorControl } from '../../simulators/simulator.ts';
import type { Simulators } from '../playground/simulators.ts';
import { PLANNED_JOBS, type PlannedJob } from './planned-jobs.ts';
import type { DemoJob } from './report.ts';
import type { DemoRow } from './view.ts';

/** A job of the demo, at the simulator and in Temporal. */
export interface PlayedJob {
  planned: PlannedJob;
  created: CreatedJob;
  tracked: TrackedJob;
  control: SimulatorControl;
  row: DemoRow;
  outcome: JobOutcome | null;
}

/** Creates the jobs at the simulators and tracks them. */
export function startJobs(tracker: JobTracker, simulators: Simulators): Promise<PlayedJob[]> {
  return Promise.all(
    PLANNED_JOBS.map(async (planned) => {
      const { control } = simulators[planned.provider];
      const created = await control.createJob({
        scenario: planned.scenario,
        params: { ...planned.params, stepMs: planned.stepMs },
      });
      const tracked = await tracker.track(
        { provider: planned.provider, jobId: created.jobId },
        { polling: { minIntervalMs: 1_000, maxIntervalMs: 5_000 }, labels: { demo: planned.scenario } },
      );
      return { planned, created, tracked, control, row: { planned, progress: null }, outcome: null };
    }),
  );
}

/** @returns the result of a job, from the simulator and from Temporal */
export async function reportOf(played: PlayedJob, client: Client): Promise<DemoJob> {
  const { planned, created, tracked, control, outcome } = played;
  const truth = await control.job(created.jobId, created.queueType);
  const { historyLength } = await client.workflow.getHandle(tracked.workflowId).describe();
  const expected = planned.cancel === undefined ? created.expected : created.expectedOnCancel;
  const ended = truth.endedAtMs !== null && outcome !== null && outcome.status !== 'abandoned';
  return {
    workflowId: tracked.workflowId,
    provider: planned.provider,
    jobId: created.jobId,
    scenario: planned.scenario,
    expected: expected.status,
    outcome: outcome?.status ?? null,
    polls: outcome?.polls ?? null,
    historyEvents: historyLength,
    detectionDelayMs: ended ? Date.parse(outcome.detectedAt) - (truth.endedAtMs ?? 0) : null,
    cancelSeenByService: truth.cancelSeenAtMs !== null,
  };
}
