import { ApplicationFailure, NexusOperationFailure, TemporalFailure } from '@temporalio/common';
import { createNexusServiceClient, isCancellation } from '@temporalio/workflow';
import { HandlerError } from 'nexus-rpc';
import { type JobOutcome, type JobRef, type TrackJobInput, wire } from '../contract/index.ts';
import type { CallerEnd } from '../contract/cancel.ts';
import { uiSummaryOf } from '../contract/render.ts';
import { jobTrackerService, NEXUS_ENDPOINT } from '../nexus/service.ts';
import { outcomeIn } from './failure.ts';

/** How a workflow tracks a job by Nexus. Durations are ms. */
export interface TrackByNexusOptions extends Omit<TrackJobInput, 'job'> {
  /**
   * `never`: the job goes on, whatever happens to the caller. `with-parent`: it is cancelled at the service when the caller's scope is
   * cancelled; not when the caller's workflow ends. Default: `never`.
   */
  cancel?: CallerEnd;
  /** The Nexus endpoint. Default: `job-tracker`. */
  endpoint?: string;
}

/**
 * Tracks a job from a workflow in any namespace, by the Nexus service of the tracker.
 * @returns the outcome, also that of a failed job
 * @throws ApplicationFailure of type `InvalidJob` for a wrong input, or `TrackingTerminated` if tracking was ended from outside;
 * CancelledFailure if the caller's scope is cancelled, or if somebody cancelled the job's workflow natively
 * @example
 * const outcome = await trackByNexus({ provider: 'printshop', jobId }, { cancel: 'with-parent' });
 */
export async function trackByNexus(job: JobRef, options: TrackByNexusOptions = {}): Promise<JobOutcome> {
  const { cancel = 'never', endpoint = NEXUS_ENDPOINT, ...more } = options;
  const client = createNexusServiceClient({ endpoint, service: jobTrackerService });
  const cancellationType = cancel === 'with-parent' ? 'WAIT_CANCELLATION_COMPLETED' : 'ABANDON';
  try {
    return await client.executeOperation('track', { job, ...more }, { cancellationType, summary: uiSummaryOf(job) });
  } catch (error) {
    if (isCancellation(error) || !(error instanceof NexusOperationFailure)) throw error;
    const { cause } = error;
    if (cause instanceof HandlerError && cause.type === 'BAD_REQUEST') {
      throw ApplicationFailure.create({ message: cause.message, type: wire.invalidJob, nonRetryable: true });
    }
    return outcomeIn(cause instanceof TemporalFailure ? cause : error, uiSummaryOf(job));
  }
}
