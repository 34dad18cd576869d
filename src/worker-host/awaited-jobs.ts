import { type ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { Client, type ClientOptions } from '@temporalio/client';
import type { ApplicationFailureOptions } from '@temporalio/common';
import { type AwaitedJobs, withoutStack } from '../activities/job-activities.ts';
import { InvalidJobError, TrackingTerminatedError } from '../client-library/errors.ts';
import { createJobTracker, type TrackerOptions } from '../client-library/job-tracker.ts';
import { messageOf } from '../client-library/grpc.ts';
import { wire } from '../contract/index.ts';

const RETRY_MS = { released: 1, failed: 5_000 };

/** Waits for jobs that others track. All waits of a worker share one client, and so its long polls. */
export function createAwaitedJobs(client: ClientOptions, tracker: Pick<TrackerOptions, 'taskQueue' | 'providers'>) {
  const jobs = createJobTracker({ client: new Client(client), ...tracker });
  const released = new AbortController();
  const outcomeOf: AwaitedJobs['outcomeOf'] = async ({ job, ...options }, cancelled) => {
    const signal = AbortSignal.any([cancelled, released.signal]);
    try {
      const tracked = await jobs.track(job, options);
      return await tracked.result({ signal, patienceMs: Number.POSITIVE_INFINITY });
    } catch (error) {
      if (cancelled.aborted) throw new CancelledFailure('nobody waits for the job any more');
      throw failureOf(error, released.signal.aborted);
    }
  };
  return {
    others: {
      outcomeOf,
      cancel: async (job, by) => void (await jobs.get(job).cancel({ by, reason: WHY, waitForMs: 0 })),
    } satisfies AwaitedJobs,
    tracker: jobs,
    /** Ends every wait, now and later, so that another worker waits. */
    release: (): void => released.abort(),
  };
}

const WHY = 'the workflow that waited for it has ended or was cancelled';

function failureOf(error: unknown, isReleased: boolean): ApplicationFailure {
  return withoutStack({ message: messageOf(error), category: 'BENIGN', ...kindOf(error, isReleased) });
}

function kindOf(error: unknown, isReleased: boolean): ApplicationFailureOptions {
  const message = 'this worker shuts down; another one waits';
  if (isReleased) return { type: 'Released', message, nextRetryDelay: RETRY_MS.released };
  if (error instanceof InvalidJobError) {
    return { type: wire.invalidJob, nonRetryable: true, details: [error.problems] };
  }
  if (error instanceof TrackingTerminatedError) return { type: wire.trackingTerminated, nonRetryable: true };
  return { type: 'Unreachable', nextRetryDelay: RETRY_MS.failed };
}
