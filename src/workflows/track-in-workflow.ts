import {
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowFailure,
  isCancellation,
  proxyActivities,
  startChild,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { JobActivities } from '../activities/job-activities.ts';
import { DEFAULT_TASK_QUEUE, type JobOutcome, type JobRef, type TrackJobInput, wire } from '../contract/index.ts';
import type { CallerEnd } from '../contract/cancel.ts';
import { inputProblems } from '../contract/input.ts';
import { normaliseJob, workflowIdOf } from '../contract/job-id.ts';
import { firstProblems, sentenceOf } from '../contract/problem.ts';
import type { ProviderTraits } from '../contract/providers.ts';
import { uiSummaryOf } from '../contract/render.ts';
import { startOptionsOf, type StartTarget } from '../contract/start-options.ts';
import { PROVIDERS } from '../providers/registry/traits.ts';
import { causeOf, outcomeIn } from './failure.ts';
import type { trackJob } from './track-job.ts';

/** How a workflow tracks a job. Durations are ms. */
export interface TrackInWorkflowOptions extends Omit<TrackJobInput, 'job'> {
  /**
   * `never`: the job goes on and stays tracked, whatever happens to the caller. `with-parent`: it is cancelled at the service when the
   * caller's scope is cancelled, and when the run of the caller's workflow ends in any way, also by continue-as-new. Default: `never`.
   */
  cancel?: CallerEnd;
  /** The task queue of the tracker's workers. Default: `job-tracker`. */
  taskQueue?: string;
  /** Traits of providers that are not built in. Default: none. */
  providers?: readonly ProviderTraits[];
}

/**
 * Tracks a job from your own workflow, as a child workflow with the job's own id. If the job is or was tracked already, it waits for that
 * tracking.
 * @returns the outcome, also that of a failed job
 * @throws ApplicationFailure of type `InvalidJob` for a wrong input, with `details: [problems]`, or `TrackingTerminated` if tracking was
 * ended from outside; CancelledFailure if the caller's scope is cancelled
 * @example
 * const outcome = await trackInWorkflow({ provider: 'printshop', jobId }, { cancel: 'with-parent', providers: [printshopTraits] });
 */
export async function trackInWorkflow(job: JobRef, options: TrackInWorkflowOptions = {}): Promise<JobOutcome> {
  const tracking = trackingOf(job, options);
  try {
    return await outcomeOfChild(tracking);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return outcomeOfOther(tracking);
  }
}

interface Tracking extends StartTarget {
  readonly cancel: CallerEnd;
}

function trackingOf(job: JobRef, options: TrackInWorkflowOptions): Tracking {
  const { cancel = 'never', taskQueue = DEFAULT_TASK_QUEUE, providers = [], ...more } = options;
  const table = [...PROVIDERS, ...providers];
  const problems = inputProblems({ job, ...more }, table);
  if (problems.length > 0) {
    // Any other error would fail the workflow task again and again.
    const [type, details] = [wire.invalidJob, [firstProblems(problems)]];
    throw ApplicationFailure.create({ message: sentenceOf(problems), type, nonRetryable: true, details });
  }
  const input = { job: normaliseJob(job, table), ...more };
  return { workflowId: workflowIdOf(job, table), taskQueue, input, cancel };
}

async function outcomeOfChild(tracking: Tracking): Promise<JobOutcome> {
  const isTakenAlong = tracking.cancel === 'with-parent';
  const child = await startChild<typeof trackJob>(wire.workflow, {
    ...startOptionsOf(tracking, 'REJECT_DUPLICATE'),
    parentClosePolicy: isTakenAlong ? 'REQUEST_CANCEL' : 'ABANDON',
    cancellationType: isTakenAlong ? 'WAIT_CANCELLATION_COMPLETED' : 'ABANDON',
  });
  try {
    return await child.result();
  } catch (error) {
    return outcomeOfFailure(error, tracking);
  }
}

/** @returns the outcome that a failed or cancelled child carries */
function outcomeOfFailure(error: unknown, tracking: Tracking): Promise<JobOutcome> | JobOutcome {
  if (!(error instanceof ChildWorkflowFailure)) throw error;
  const { cause } = error;
  if (isCancellation(error)) {
    if (CancellationScope.current().consideredCancelled) throw error;
    return outcomeOfOther(tracking); // somebody else cancelled the child; its outcome is in its memo
  }
  return outcomeIn(cause ?? error, tracking.workflowId);
}

const { awaitJob } = proxyActivities<JobActivities>({
  startToCloseTimeout: '365d', // tracking has its own limits
  heartbeatTimeout: '15s', // after this time another worker waits. The activity learns of a cancel within 12 s
  cancellationType: 'TRY_CANCEL',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' },
});

/** A workflow cannot start a child that runs already, nor read the end of one that has closed. So an activity waits. */
async function outcomeOfOther({ taskQueue, input, cancel }: Tracking): Promise<JobOutcome> {
  const options = { taskQueue, summary: uiSummaryOf(input.job, 'outcome of ') };
  try {
    return await awaitJob.executeWithOptions(options, [input, { cancel }]);
  } catch (error) {
    throw isCancellation(error) ? error : causeOf(error);
  }
}
