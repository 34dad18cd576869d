import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import type { ApplicationFailureOptions } from '@temporalio/common';
import type {
  CancelAnswer,
  CancelRequest,
  JobOutcome,
  Plan,
  PollingOptions,
  TrackJobInput,
} from '../contract/index.ts';
import type { NoPollAnswer, PollAnswer, PollRequest } from '../polling/memory.ts';
import type { CallerEnd } from '../contract/cancel.ts';
import { DEFAULT_ACCOUNT } from '../contract/job-id.ts';
import type { Limits } from '../contract/limits.ts';
import type { CancelReply, JobRef, Snapshot } from '../contract/job.ts';
import type { ProviderTable } from '../contract/providers.ts';
import type { Measure } from '../contract/metrics.ts';
import type { Route } from '../contract/task-queue.ts';
import type { AccountLimiter } from './account-limiter.ts';
import type { Holds } from './check-job-status/holds.ts';
import type { PollScheduler } from './check-job-status/poll-scheduler.ts';
import type { DurationStatistics } from './duration-statistics.ts';
import type { CallTrace, Traces } from './traces.ts';

/** The activities, by their names on the wire. */
export interface JobActivities {
  /** Polls until there is something to report. Waits out short intervals itself, and gives long ones back to the server by failing. */
  checkJobStatus: (request: PollRequest) => Promise<PollAnswer | NoPollAnswer>;
  /** Calls the cancel endpoint until it answers. */
  cancelJob: (request: CancelRequest) => Promise<CancelAnswer>;
  /** Checks the input, normalises it and fills in the worker's defaults. A local activity. */
  planJob: (input: TrackJobInput) => Promise<Plan>;
  /** Starts tracking or attaches to it, and waits for the outcome. */
  awaitJob: (input: TrackJobInput, options: { cancel: CallerEnd }) => Promise<JobOutcome>;
}

/** One account, as activities call it. A failed call throws ProviderError. All calls go through the limiter. */
export interface JobService {
  readonly limiter: AccountLimiter;
  readonly durations: DurationStatistics;
  poll: (job: JobRef, signal: AbortSignal, watch?: CallTrace['watch']) => Promise<Snapshot>;
  cancel: (job: JobRef, signal: AbortSignal, watch?: CallTrace['watch']) => Promise<CancelReply>;
}

/** What a worker knows of the account of a job. */
export interface FoundAccount {
  /** null: this worker does not have the credential. */
  readonly service: JobService | null;
  /** Where the jobs of the account go; null: this worker does not know the account. */
  readonly route: Route | null;
}

/** Jobs for which workflows of others wait. */
export interface AwaitedJobs {
  /** Starts tracking or attaches to it, and waits for the outcome. @throws ApplicationFailure; CancelledFailure */
  readonly outcomeOf: (input: TrackJobInput, cancelled: AbortSignal) => Promise<JobOutcome>;
  /** Asks for the cancel of a job, in the name of a workflow. */
  readonly cancel: (job: JobRef, by: string) => Promise<void>;
}

interface ActivityOptions extends Pick<Plan, 'holdMs' | 'continueAfterEvents' | 'searchAttributes'> {
  reportEveryMs: number;
  defaultPolling: PollingOptions;
  defaultLimits: Partial<Limits>;
}

/** What the activities need. */
export interface ActivityContext {
  readonly table: ProviderTable;
  readonly accountOf: (job: JobRef) => Promise<FoundAccount>;
  readonly others: AwaitedJobs;
  readonly holds: Holds;
  /** Every poll waits here for its turn, after it is due, and before its request. */
  readonly polls: PollScheduler;
  readonly options: ActivityOptions;
  /** The clock, ms. Tests that skip time give their own. */
  readonly now: () => number;
  /** A random number in [0, 1), for jitter. */
  readonly random: () => number;
  readonly measure: Measure;
  readonly traces: Traces;
}

/** @returns whether another pool serves the account now than the one that the request was sent to */
export function hasMoved({ pool }: PollRequest | CancelRequest, route: Route | null): route is Route {
  return route !== null && pool !== undefined && route.pool !== pool;
}

/** Workers read a changed file of accounts within a few seconds. */
const RETRY_MS = { first: 1_000, most: 10_000 };

/** @returns a failure that the server retries: another worker of the pool may have the account */
export function noAccountHere({ provider, account = DEFAULT_ACCOUNT }: JobRef): ApplicationFailure {
  const nextRetryDelay = Math.min(RETRY_MS.first * 2 ** Math.min(activityInfo().attempt - 1, 9), RETRY_MS.most);
  const message = `this worker has no account ${account} of ${provider}; another worker of its pool may have it`;
  return withoutStack({ type: 'NoAccount', message, nextRetryDelay, category: 'BENIGN' });
}

/** @returns the id of the workflow that runs this activity. It names the job */
export function workflowIdHere(): string {
  return activityInfo().workflowExecution?.workflowId ?? '';
}

/** A failure without a stack trace: people see it in the UI for hours, and the place in our code does not help them. */
export function withoutStack(options: ApplicationFailureOptions): ApplicationFailure {
  return Object.assign(ApplicationFailure.create(options), { stack: '' });
}
