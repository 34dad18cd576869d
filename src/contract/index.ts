/**
 * The public contract: shapes, names and ids, with their checks. docs/contract.md describes it for callers in any language.
 *
 * Who relies on it: callers in every language, and all other folders.
 * What a change breaks: callers. Names and JSON stay as they are; a field may be added.
 * What it imports: no other folder, and no package.
 */
export type { CancelAnswer, CancelOptions, CancelPhase, CancelRequest, CancelState } from './cancel.ts';
export { MAX_CANCEL_WAIT_MS, type RequestCancelOptions } from './cancel.ts';
export { DEFAULT_ACCOUNT } from './job-id.ts';
export type { JobRef, JobState } from './job.ts';
export type { Json } from './json.ts';
export { DEFAULT_LIMITS, type EndingLimit, type LimitName, type Limits } from './limits.ts';
export type { JobOutcome } from './outcome.ts';
export type { Plan, TrackJobInput } from './plan.ts';
export { DEFAULT_POLLING, type PollingOptions } from './polling-options.ts';
export type { JobHealth, JobProgress, PollPause, TimelineEntry } from './progress.ts';
export type { ProviderTraits } from './providers.ts';
export { searchAttributes } from './search-attributes.ts';
export type { SearchAttributeKey, SearchAttributes, SearchAttributeType } from './search-attributes.ts';
export {
  cancelQueueOf,
  DEFAULT_POOL,
  DEFAULT_TASK_QUEUE,
  fairnessKeyOf,
  type Route,
  statusQueueOf,
} from './task-queue.ts';
export { wire } from './wire.ts';
