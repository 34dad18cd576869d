import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { DEFAULT_TASK_QUEUE, type JobRef } from '../contract/index.ts';
import { workflowIdOf } from '../contract/job-id.ts';
import type { ProviderTable, ProviderTraits } from '../contract/providers.ts';
import { TASK_QUEUE, TASK_QUEUE_PROBLEM } from '../contract/task-queue.ts';
import { PROVIDERS } from '../providers/registry/traits.ts';
import { checkedCredentials, loopbackIsStraight } from './dial.ts';
import { translated } from './errors.ts';
import { countJobs, type JobSummary, type ListFilter, listJobs } from './list.ts';
import { checkedJobOf, inputOf, type LimitOptions, type PollingDurations } from './options.ts';
import { createObserver } from './waiting/observer.ts';
import { requestsOf } from './waiting/requests.ts';
import { listAttributes } from './watching/attributes.ts';
import { createLooks } from './watching/looks.ts';
import { startInSpan } from './track-span.ts';
import { createTrackedJob, type TrackedJob } from './tracked-job.ts';

/** How to track a job. */
export interface TrackOptions {
  /** When to poll. Default: that of the worker, or else adaptive intervals. */
  polling?: PollingDurations;
  /** Time limits. Default: those of the worker, or else 24 h in all, and health `stalled` after 30 min without a change. */
  limits?: LimitOptions;
  /** At most 20. `list` finds jobs by them. */
  labels?: Record<string, string>;
  /** Start again, even if tracking of this id has ended. For a new job at a service that reuses ids. Default: false. */
  again?: boolean;
}

/** Starts, finds and lists tracked jobs. Every call to Temporal may throw UnreachableError, within 10 s. */
export interface JobTracker {
  /**
   * Starts tracking, or attaches to it. Two callers at once get one workflow. Returns as soon as Temporal has stored it; needs no worker.
   * A job that is tracked already keeps its options; `optionsNotTaken` lists the differences.
   * @throws InvalidJobError, before anything is started; UnreachableError within 10 s
   * @example
   * const job = await tracker.track({ provider: 'printshop', jobId: '42' }, { limits: { totalMs: '2h' } });
   * const outcome = await job.result();
   */
  track(job: JobRef, options?: TrackOptions): Promise<TrackedJob>;
  /**
   * Returns a handle. It does not call Temporal, so it does not know whether the job is tracked.
   * @param job a job, or its workflow id
   * @throws InvalidJobError for a wrong job
   */
  get(job: JobRef | string): TrackedJob;
  /**
   * Finds jobs by search attribute, newest first.
   * @throws InvalidFilterError, UnreachableError
   * @example for await (const { workflowId, health } of tracker.list({ open: true })) console.log(workflowId, health);
   */
  list(filter?: ListFilter): AsyncIterable<JobSummary>;
  /**
   * Counts jobs, at the server. Some stores of the server ignore upper and lower case in labels; then it counts more than `list` yields.
   * @throws InvalidFilterError, UnreachableError
   */
  count(filter?: ListFilter): Promise<number>;
  /** Closes the connection, if the tracker has opened it. */
  close(): Promise<void>;
}

/** How to reach Temporal: your own client, or an address. The tracker connects at the first call. */
export type TrackerOptions = (
  | { client: Client }
  | ({ address: string; namespace?: string } & Pick<ConnectionOptions, 'tls' | 'apiKey' | 'metadata'>)
) & {
  /** The task queue of the worker. Default: `job-tracker`. */
  taskQueue?: string;
  /** Traits of providers that are not built in. Default: none. */
  providers?: readonly ProviderTraits[];
};

const DEADLINE_MS = 10_000;

/**
 * Creates a client of the tracker. It connects at the first call.
 * @throws TypeError that names a wrong option
 * @example
 * const tracker = createJobTracker({ address: 'localhost:7233' });
 * const job = await tracker.track({ provider: 'printshop', jobId: '42' });
 * console.log((await job.result()).status);
 * await tracker.close();
 */
export function createJobTracker(options: TrackerOptions): JobTracker {
  const { taskQueue = DEFAULT_TASK_QUEUE, providers = [] } = options;
  if (!TASK_QUEUE.test(taskQueue)) throw new TypeError(`taskQueue ${TASK_QUEUE_PROBLEM}`);
  const { client, close } = clientOf(options);
  const table: ProviderTable = [...PROVIDERS, ...providers];
  const looks = createLooks((ids, signal) => listAttributes(client, ids, signal));
  const shared = { client, taskQueue, observer: createObserver(requestsOf(client)), looks };
  return {
    track: async (job, trackOptions = {}) => {
      const input = inputOf(job, trackOptions, table);
      const workflowId = workflowIdOf(job, table);
      try {
        await client.withDeadline(Date.now() + DEADLINE_MS, () =>
          startInSpan({ client, taskQueue, workflowId, input }, trackOptions.again === true),
        );
      } catch (error) {
        throw translated(error, { workflowId, taskQueue, needsWorker: false });
      }
      return createTrackedJob(shared, workflowId);
    },
    get: (job) =>
      createTrackedJob(shared, typeof job === 'string' ? job : workflowIdOf(checkedJobOf(job, table), table)),
    list: (filter = {}) => listJobs(client, filter, table),
    count: (filter = {}) => countJobs(client, filter),
    close,
  };
}

function clientOf(options: TrackerOptions): { client: Client; close: () => Promise<void> } {
  if ('client' in options) return { client: options.client, close: async () => undefined };
  const { address, tls, apiKey, metadata, namespace = 'default' } = options;
  const credentials = checkedCredentials({ apiKey, metadata });
  const connection = Connection.lazy({ address, ...loopbackIsStraight(address), tls, ...credentials });
  return { client: new Client({ connection, namespace }), close: () => connection.close() };
}
