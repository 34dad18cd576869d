import { ActivityFailure, ApplicationFailure, proxyLocalActivities } from '@temporalio/workflow';
import type { JobActivities } from '../activities/job-activities.ts';
import type { TrackJobInput } from '../contract.ts';
import { wire } from '../contract.ts';
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
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    if (!(cause instanceof ApplicationFailure) || cause.type !== wire.invalidJob) throw error;
    return { type: 'planRefused', message: cause.message, atMs: Date.now() };
  }
}
