import { ApplicationFailure } from '@temporalio/activity';
import { wire } from '../contract.ts';
import { inputProblems, withPolling } from '../domain/input.ts';
import { DEFAULT_ACCOUNT, normaliseJob } from '../domain/job-id.ts';
import { DEFAULT_LIMITS, withLimits } from '../domain/limits.ts';
import { DEFAULT_POLLING } from '../domain/policy.ts';
import { traitsOf } from '../domain/providers.ts';
import { sentenceOf } from '../domain/track.ts';
import type { ActivityContext, JobActivities } from './job-activities.ts';

/** @throws ApplicationFailure `InvalidJob`, non-retryable, whose message names each wrong field, and `details: [problems]` */
export function createPlanJob({ table, serviceOf, options }: ActivityContext): JobActivities['planJob'] {
  return async (input) => {
    const problems = inputProblems(input, table);
    const traits = traitsOf(table, input?.job?.provider ?? '');
    if (problems.length > 0 || traits === undefined) {
      throw ApplicationFailure.create({
        type: wire.invalidJob,
        message: sentenceOf(problems),
        nonRetryable: true,
        details: [problems],
        category: 'BENIGN', // the caller's mistake, not the worker's
      });
    }
    const job = normaliseJob(input.job, table);
    const service = serviceOf(job.provider, job.account ?? DEFAULT_ACCOUNT);
    return {
      job,
      labels: input.labels ?? {},
      polling: withPolling(withPolling(DEFAULT_POLLING, options.defaultPolling), input.polling),
      limits: withLimits(withLimits(DEFAULT_LIMITS, options.defaultLimits), input.limits),
      canCancel: traits.canCancel,
      usualMs: traits.usualMs,
      holdMs: service?.gate.holdMs ?? options.holdMs,
      searchAttributes: options.searchAttributes,
      accountKnown: service !== undefined,
      continueAfterEvents: options.continueAfterEvents,
    };
  };
}
