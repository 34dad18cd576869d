import { ApplicationFailure, patched, proxyLocalActivities } from '@temporalio/workflow';
import type { JobActivities } from '../activities/job-activities.ts';
import { type TrackJobInput, wire } from '../contract/index.ts';
import { toDepth } from '../contract/json.ts';
import type { Problem } from '../contract/problem.ts';
import type { Happening } from '../tracking/event.ts';
import { causeOf } from './failure.ts';

const { planJob } = proxyLocalActivities<JobActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '1s', maximumInterval: '10s' }, // only a broken worker fails here, and another worker may work
  summary: 'check the input, fill in the defaults',
});

const EVENTS: ReadonlyMap<string, 'planRefused' | 'planDeferred'> = new Map([
  [wire.invalidJob, 'planRefused'],
  [wire.unknownProvider, 'planDeferred'],
]);

/** A valid input has three levels. A deeper one is cut here, and its validation refuses the deep field by name. */
const MAX_DEPTH = 8;

/** Checks the input and fills in the defaults, by a local activity. This happens once per chain of runs. */
export async function plan(input: TrackJobInput, isCancelAsked: () => boolean): Promise<Happening> {
  try {
    return { type: 'planned', plan: await planJob(toDepth(input, MAX_DEPTH) as TrackJobInput) };
  } catch (error) {
    const cause = causeOf(error);
    const type = cause instanceof ApplicationFailure ? EVENTS.get(cause.type ?? '') : undefined;
    if (!(cause instanceof ApplicationFailure) || type === undefined) throw error;
    const problems = (cause.details?.[0] ?? []) as readonly Problem[];
    const refusal = { message: cause.message, problems };
    if (type === 'planRefused') return { type, ...refusal };
    return { type, ...refusal, endsByCancel: isCancelAsked() && patched('cancel-ends-unknown-provider') };
  }
}
