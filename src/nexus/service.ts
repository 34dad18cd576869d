import { operation, service } from 'nexus-rpc';
import type {
  CancelOptions,
  CancelState,
  JobOutcome,
  JobProgress,
  JobRef,
  RequestCancelOptions,
  TrackJobInput,
} from '../contract/index.ts';

/** The endpoint that `trackByNexus` uses if the caller names none. */
export const NEXUS_ENDPOINT = 'job-tracker';

/** The input of the operation `cancel`. */
export interface CancelJobInput extends CancelOptions, Pick<RequestCancelOptions, 'waitForMs'> {
  job: JobRef;
}

/**
 * The Nexus service of the tracker, for workflows in other namespaces.
 * `track` is asynchronous: it starts tracking, or attaches to what runs, and ends with the outcome; for an ended job it answers at once. If
 * tracking fails, the operation fails in the same way. Its cancel is the cancel signal of the job, with the caller's name.
 * `progress` and `cancel` answer at once. `cancel` waits for the service, at most 5 s.
 */
export const jobTrackerService = service('job-tracker', {
  track: operation<TrackJobInput, JobOutcome>({ name: 'track' }),
  progress: operation<JobRef, JobProgress>({ name: 'progress' }),
  cancel: operation<CancelJobInput, CancelState>({ name: 'cancel' }),
});
