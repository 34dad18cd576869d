/** The client: starts tracking, follows jobs, and asks about them. */
export {
  InvalidFilterError,
  InvalidJobError,
  NotTrackedError,
  TrackingTerminatedError,
  UnreachableError,
} from './client-library/errors.ts';
export type { JobSummary, ListFilter } from './client-library/list.ts';
export type { LimitOptions, PollingDurations } from './client-library/options.ts';
export type { OptionNotTaken } from './client-library/not-taken.ts';
export { optionsNotTaken } from './client-library/not-taken.ts';
export type { TrackedJob } from './client-library/tracked-job.ts';
export type { PatienceOptions } from './client-library/patience.ts';
export type { WatchOptions } from './client-library/watch.ts';
export type { Duration } from './contract/duration.ts';
export { jobRefOf, normaliseJob, workflowIdOf } from './client-library/job-ids.ts';
export * from './contract/index.ts';
export * from './providers/registry/job-types.ts';
export type { JobTracker, TrackerOptions, TrackOptions } from './client-library/job-tracker.ts';
export { createJobTracker } from './client-library/job-tracker.ts';
