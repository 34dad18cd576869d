import type { ConnectionOptions } from '@temporalio/client';
import { Client, Connection } from '@temporalio/client';
import type { JobRef, TrackJobInput } from '../contract/index.ts';
import { DEFAULT_TASK_QUEUE } from '../contract/index.ts';
import { inputProblems } from '../contract/input.ts';
import { normaliseJob, workflowIdOf } from '../contract/job-id.ts';
import type { ProviderTable, ProviderTraits } from '../contract/providers.ts';
import { TASK_QUEUE, TASK_QUEUE_PROBLEM } from '../contract/task-queue.ts';
import { PROVIDERS } from '../providers/registry/traits.ts';
import { checkedCredentials, loopbackIsStraight } from './dial.ts';
import { translated } from './errors.ts';
import type { JobSummary, ListFilter } from './list.ts';
import { countJobs, listJobs } from './list.ts';
import type { LimitOptions, PollingDurations } from './options.ts';
import { checkedJobOf, limitsOf, pollingOf, refuseIfWrong } from './options.ts';
import { startOrAttach } from './start.ts';
import type { TrackedJob } from './tracked-job.ts';
import { createTrackedJob } from './tracked-job.ts';

export interface TrackOptions {
  polling?: PollingDurations;
  limits?: LimitOptions;
  /** At most 20; findable as `key=value`. */
  labels?: Record<string, string>;
  /** Start again even if tracking of this id has ended: for a job that was just created at a service that uses ids again. */
  again?: boolean;
}

export interface JobTracker {
  /**
   * Starts tracking, or attaches to it: two callers at once get one workflow. Returns as soon as Temporal has stored it.
   * A job that is tracked already keeps the options that it has; `optionsNotTaken` says which of these differ.
   * @throws InvalidJobError before anything is started; UnreachableError within 10 s
   */
  track(job: JobRef, options?: TrackOptions): Promise<TrackedJob>;
  /** @returns a job that is or was tracked; asks nothing yet */
  get(job: JobRef | string): TrackedJob;
  /** Finds jobs by search attribute, newest first. @throws InvalidFilterError */
  list(filter?: ListFilter): AsyncIterable<JobSummary>;
  /** Counts them, as the server does: its store may count labels that differ in capital letters alone. @throws InvalidFilterError */
  count(filter?: ListFilter): Promise<number>;
  /** Closes the connection, if it is the tracker's own. */
  close(): Promise<void>;
}

/** How to reach Temporal: a client of one's own, or an address, connected at the first call. */
export type TrackerOptions = (
  | { client: Client }
  | ({ address: string; namespace?: string } & Pick<ConnectionOptions, 'tls' | 'apiKey' | 'metadata'>)
) & {
  /** `job-tracker` if left out. */
  taskQueue?: string;
  /** Traits of providers that are not built in. */
  providers?: readonly ProviderTraits[];
};

const DEADLINE_MS = 10_000;

/** @throws TypeError naming an option that is wrong */
export function createJobTracker(options: TrackerOptions): JobTracker {
  const { taskQueue = DEFAULT_TASK_QUEUE, providers = [] } = options;
  if (!TASK_QUEUE.test(taskQueue)) throw new TypeError(`taskQueue ${TASK_QUEUE_PROBLEM}`);
  const { client, close } = clientOf(options);
  const table: ProviderTable = [...PROVIDERS, ...providers];
  return {
    track: async (job, trackOptions = {}) => {
      const input = inputOf(job, trackOptions, table);
      const workflowId = workflowIdOf(job, table);
      try {
        await client.withDeadline(Date.now() + DEADLINE_MS, () =>
          startOrAttach({ client, taskQueue, workflowId, input }, trackOptions.again === true),
        );
      } catch (error) {
        throw translated(error, { workflowId, taskQueue, needsWorker: false });
      }
      return createTrackedJob(client, workflowId, taskQueue);
    },
    get: (job) =>
      createTrackedJob(
        client,
        typeof job === 'string' ? job : workflowIdOf(checkedJobOf(job, table), table),
        taskQueue,
      ),
    list: (filter = {}) => listJobs(client, filter, table),
    count: (filter = {}) => countJobs(client, filter),
    close,
  };
}

function clientOf(options: TrackerOptions): { client: Client; close: () => Promise<void> } {
  if ('client' in options) return { client: options.client, close: async () => undefined };
  const { address, tls, apiKey, metadata, namespace = 'default' } = options;
  const connection = Connection.lazy({
    address,
    ...loopbackIsStraight(address),
    ...(tls === undefined ? {} : { tls }),
    ...checkedCredentials({
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined ? {} : { metadata }),
    }),
  });
  return { client: new Client({ connection, namespace }), close: () => connection.close() };
}

function inputOf(job: JobRef, options: TrackOptions, table: ProviderTable): TrackJobInput {
  const { polling, limits, labels } = options;
  const given = {
    job,
    ...(polling === undefined ? {} : { polling: pollingOf(polling) }),
    ...(limits === undefined ? {} : { limits: limitsOf(limits) }),
    ...(labels === undefined ? {} : { labels }),
  };
  refuseIfWrong(inputProblems(given, table));
  return { ...given, job: normaliseJob(job, table) };
}
