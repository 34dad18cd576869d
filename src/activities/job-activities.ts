import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import type { ApplicationFailureOptions } from '@temporalio/common';
import type { CancelAnswer, CancelRequest, Plan, PollingOptions, TrackJobInput } from '../contract/index.ts';
import type { PollAnswer, PollRequest } from '../polling/memory.ts';
import { DEFAULT_ACCOUNT } from '../contract/job-id.ts';
import type { Limits } from '../contract/limits.ts';
import type { CancelReply, JobRef, Snapshot } from '../contract/job.ts';
import type { ProviderTable } from '../contract/providers.ts';
import type { Measure } from '../contract/metrics.ts';
import type { AccountLimiter } from './account-limiter.ts';
import type { Holds } from './check-job-status/holds.ts';
import type { DurationStatistics } from './duration-statistics.ts';

/** The activities, by their names on the wire. */
export interface JobActivities {
  /** Polls until there is something to report. Waits out short intervals itself, and gives long ones back to the server by failing. */
  checkJobStatus: (request: PollRequest) => Promise<PollAnswer>;
  /** Calls the cancel endpoint until it answers. */
  cancelJob: (request: CancelRequest) => Promise<CancelAnswer>;
  /** Checks the input, normalises it and fills in the worker's defaults. A local activity. */
  planJob: (input: TrackJobInput) => Promise<Plan>;
}

/** One account, as activities call it. A failed call throws ProviderError. All calls go through the limiter. */
export interface JobService {
  readonly limiter: AccountLimiter;
  poll: (job: JobRef, signal: AbortSignal) => Promise<Snapshot>;
  cancel: (job: JobRef, signal: AbortSignal) => Promise<CancelReply>;
}

interface ActivityOptions extends Pick<Plan, 'holdMs' | 'continueAfterEvents' | 'searchAttributes'> {
  reportEveryMs: number;
  defaultPolling: PollingOptions;
  defaultLimits: Partial<Limits>;
}

/** What the activities need. */
export interface ActivityContext {
  readonly table: ProviderTable;
  /** @returns the service behind an account; undefined: this worker has no such account */
  readonly serviceOf: (provider: string, account: string) => Promise<JobService | undefined>;
  readonly holds: Holds;
  readonly options: ActivityOptions;
  /** The clock, ms. Tests that skip time give their own. */
  readonly now: () => number;
  /** A random number in [0, 1), for jitter. */
  readonly random: () => number;
  readonly measure: Measure;
  readonly durations: DurationStatistics;
}

/** The wait after a mistake of our own, or if the account is gone. */
const ODD_RETRY_MS = 10_000;

/** @throws ApplicationFailure that is retried, if this worker has no such account */
export async function serviceFor(
  { serviceOf }: ActivityContext,
  job: JobRef,
  queue: 'queue' | 'cancel queue',
): Promise<JobService> {
  const account = job.account ?? DEFAULT_ACCOUNT;
  const service = await serviceOf(job.provider, account);
  if (service !== undefined) return service;
  throw withoutStack({
    type: 'NoAccount',
    message: `this worker polls the ${queue} of ${job.provider} account ${account}, but has no such account`,
    nextRetryDelay: ODD_RETRY_MS,
  });
}

/** @returns the id of the workflow that runs this activity. It names the job */
export function workflowIdHere(): string {
  return activityInfo().workflowExecution?.workflowId ?? '';
}

/** A failure without a stack trace: people see it in the UI for hours, and the place in our code does not help them. */
export function withoutStack(options: ApplicationFailureOptions): ApplicationFailure {
  return Object.assign(ApplicationFailure.create(options), { stack: '' });
}
