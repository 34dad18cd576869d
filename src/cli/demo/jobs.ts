import type { Client } from '@temporalio/client';
import type { JobOutcome, JobTracker, TrackedJob } from '../../client.ts';
import type { CreatedJob, SimulatorControl } from '../../simulators/simulator.ts';
import type { Simulators } from '../playground/simulators.ts';
import type { Role } from './cast.ts';
import { CAST } from './cast.ts';
import type { DemoJob } from './report.ts';
import type { DemoRow } from './view.ts';

/** A job of the demo, at the simulator and in Temporal. */
export interface PlayedJob {
  role: Role;
  created: CreatedJob;
  tracked: TrackedJob;
  control: SimulatorControl;
  row: DemoRow;
  outcome: JobOutcome | null;
}

/** Creates the jobs at the simulators and tracks them. */
export function startJobs(tracker: JobTracker, simulators: Simulators): Promise<PlayedJob[]> {
  return Promise.all(
    CAST.map(async (role) => {
      const { control } = simulators[role.provider];
      const created = await control.createJob({
        scenario: role.scenario,
        params: { ...role.params, stepMs: role.stepMs },
      });
      const tracked = await tracker.track(
        { provider: role.provider, jobId: created.jobId },
        { polling: { minIntervalMs: 1_000, maxIntervalMs: 5_000 }, labels: { demo: role.scenario } },
      );
      return { role, created, tracked, control, row: { role, progress: null }, outcome: null };
    }),
  );
}

/** @returns the result of a job, from the simulator and from Temporal */
export async function reportOf(played: PlayedJob, client: Client): Promise<DemoJob> {
  const { role, created, tracked, control, outcome } = played;
  const truth = await control.job(created.jobId, created.queueType);
  const { historyLength } = await client.workflow.getHandle(tracked.workflowId).describe();
  const expected = role.cancel === undefined ? created.expected : created.expectedOnCancel;
  const ended = truth.endedAtMs !== null && outcome !== null && outcome.status !== 'abandoned';
  return {
    workflowId: tracked.workflowId,
    provider: role.provider,
    jobId: created.jobId,
    scenario: role.scenario,
    expected: expected.status,
    outcome: outcome?.status ?? null,
    polls: outcome?.polls ?? null,
    historyEvents: historyLength,
    detectionDelayMs: ended ? Date.parse(outcome.detectedAt) - (truth.endedAtMs ?? 0) : null,
    cancelSeenByService: truth.cancelSeenAtMs !== null,
  };
}
