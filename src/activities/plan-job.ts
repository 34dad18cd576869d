import { ApplicationFailure } from '@temporalio/activity';
import { type TrackJobInput, wire } from '../contract/index.ts';
import { inputProblems, labelsOf, withPolling } from '../contract/input.ts';
import { normaliseJob } from '../contract/job-id.ts';
import { DEFAULT_LIMITS, withLimits } from '../contract/limits.ts';
import { isName } from '../contract/name.ts';
import { heartbeatMsFor } from '../polling/heartbeat.ts';
import { DEFAULT_POLLING } from '../contract/polling-options.ts';
import { traitsOf } from '../contract/providers.ts';
import { DEFAULT_ROUTE } from '../contract/task-queue.ts';
import { firstProblems, type Problem, sentenceOf } from '../contract/problem.ts';
import type { ActivityContext, JobActivities } from './job-activities.ts';

/** Only the provider is wrong, and a worker that is deployed later may know it. */
function isUnknownProvider(problems: readonly Problem[], input: TrackJobInput): boolean {
  return problems.length === 1 && problems[0]?.field === 'job.provider' && isName(input.job.provider);
}

/**
 * @throws ApplicationFailure, non-retryable, whose message names each wrong field, with `details: [problems]`: `InvalidJob`, or
 * `UnknownProvider` if only the provider is wrong
 */
export function createPlanJob({ table, accountOf, holds, options }: ActivityContext): JobActivities['planJob'] {
  return async (input) => {
    const problems = inputProblems(input, table);
    const traits = traitsOf(table, input?.job?.provider ?? '');
    if (problems.length > 0 || traits === undefined) {
      throw ApplicationFailure.create({
        type: isUnknownProvider(problems, input) ? wire.unknownProvider : wire.invalidJob,
        message: sentenceOf(problems),
        nonRetryable: true,
        details: [firstProblems(problems)],
        category: 'BENIGN', // the caller's mistake, not the worker's
      });
    }
    const job = normaliseJob(input.job, table);
    const { route } = await accountOf(job);
    return {
      job,
      labels: labelsOf(input.labels),
      polling: withPolling(withPolling(DEFAULT_POLLING, options.defaultPolling), input.polling),
      limits: withLimits(withLimits(DEFAULT_LIMITS, options.defaultLimits), input.limits),
      canCancel: traits.canCancel,
      usualMs: traits.usualMs,
      holdMs: options.holdMs,
      heartbeatMs: heartbeatMsFor(holds.waiting()),
      route: route ?? DEFAULT_ROUTE,
      searchAttributes: options.searchAttributes,
      accountKnown: route !== null,
      continueAfterEvents: options.continueAfterEvents,
    };
  };
}
