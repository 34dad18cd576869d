import { ActivityFailure, ApplicationFailure, proxyLocalActivities } from '@temporalio/workflow';
import type { JobActivities } from '../activities/job-activities.ts';
import type { TrackJobInput } from '../contract.ts';
import { wire } from '../contract.ts';
import type { Problem } from '../domain/limits.ts';
import type { TrackEvent } from '../domain/track.ts';

const { planJob } = proxyLocalActivities<JobActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '1s', maximumInterval: '10s' }, // only a broken worker fails here: the next one may be whole
  summary: 'check the input, fill in the defaults',
});

/** Has the input checked and its defaults filled in, once per chain of runs. */
export async function plan(input: TrackJobInput): Promise<TrackEvent> {
  try {
    return { type: 'planned', plan: await planJob(input), atMs: Date.now() };
  } catch (error) {
    // A local activity's failure may come bare: the core wraps only that of an activity which a server has scheduled.
    const cause = error instanceof ActivityFailure ? error.cause : error;
    if (!(cause instanceof ApplicationFailure) || cause.type !== wire.invalidJob) throw error;
    const problems = (cause.details?.[0] ?? []) as readonly Problem[];
    return { type: 'planRefused', message: cause.message, problems, atMs: Date.now() };
  }
}
