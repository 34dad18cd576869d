import {
  type InjectedSinks,
  type NativeConnection,
  Worker,
  type WorkerOptions,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import type { JobActivities } from '../activities/job-activities.ts';
import type { Account } from '../config/accounts.ts';
import type { Config } from '../config/index.ts';
import { cancelQueueOf, statusQueueOf } from '../contract/index.ts';
import type { Measure } from '../contract/metrics.ts';
import { cancelRatePerS, statusRatePerS } from '../polling/budget.ts';
import type { MeasureSinks } from '../workflows/measure.ts';
import type { Capacity } from './capacity.ts';
import { workflowSource } from './workflow-code.ts';

interface SdkWorkerSetup {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly config: Config;
  readonly activities: JobActivities;
  readonly capacity: Capacity;
  readonly measure: Measure;
  readonly workflowBundle?: WorkflowBundleOption;
  readonly workerOptions?: Partial<WorkerOptions>;
}

/** Less than the 30 s that a container has to stop. */
const SHUTDOWN = { shutdownGraceTime: '20s', shutdownForceTime: '28s' } as const;

/** Creates one SDK worker for the workflows, and two for each account: one for polls, one for cancels. */
export async function createSdkWorkers(setup: SdkWorkerSetup): Promise<Worker[]> {
  const { connection, namespace, config, workerOptions } = setup;
  const workers = [
    workflowWorker(setup, await workflowSource(setup.workflowBundle)),
    ...config.accounts.flatMap((account) => [statusWorker(setup, account), cancelWorker(setup, account)]),
  ];
  const common = { connection, namespace, ...SHUTDOWN, ...workerOptions };
  return Promise.all(workers.map((own) => Worker.create({ ...common, ...own })));
}

function workflowWorker(setup: SdkWorkerSetup, workflowBundle: WorkflowBundleOption): WorkerOptions {
  const { config, activities, capacity, measure } = setup;
  return {
    workflowBundle,
    ...versionOf(config),
    taskQueue: config.taskQueue,
    activities: { planJob: activities.planJob },
    enableNonLocalActivities: false,
    maxCachedWorkflows: capacity.cachedWorkflows,
    sinks: {
      metrics: { measure: { fn: (_workflow, ...recorded) => measure(...recorded) } },
    } satisfies InjectedSinks<MeasureSinks>,
    workflowTaskPollerBehavior: { type: 'autoscaling' },
  };
}

function statusWorker(setup: SdkWorkerSetup, { provider, name, requestsPerMinute }: Account): WorkerOptions {
  const { config, activities, capacity } = setup;
  return {
    taskQueue: statusQueueOf(config.taskQueue, provider, name),
    activities: { checkJobStatus: activities.checkJobStatus },
    // Each hold takes a slot. Polls without a hold need some more.
    maxConcurrentActivityTaskExecutions: capacity.holds + SPARE_SLOTS,
    activityTaskPollerBehavior: { type: 'autoscaling' },
    maxHeartbeatThrottleInterval: '20s', // a heartbeat costs the server a write; the heartbeat timeout is 30 s
    ...rateOf(requestsPerMinute, statusRatePerS),
  };
}

function cancelWorker(setup: SdkWorkerSetup, { provider, name, requestsPerMinute }: Account): WorkerOptions {
  const { config, activities } = setup;
  return {
    taskQueue: cancelQueueOf(config.taskQueue, provider, name),
    activities: { cancelJob: activities.cancelJob },
    ...rateOf(requestsPerMinute, cancelRatePerS),
  };
}

const SPARE_SLOTS = 100;

/**
 * Only workflow code has versions. Activities of all versions understand each other's heartbeats. Open jobs move to the current
 * version: jobs take hours, and an old version would have to run as long. The replay tests check that this is safe.
 */
function versionOf({ deployment }: Config): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (deployment === null) return {};
  const useWorkerVersioning = true;
  return {
    workerDeploymentOptions: { version: deployment, useWorkerVersioning, defaultVersioningBehavior: 'AUTO_UPGRADE' },
  };
}

/**
 * The server limits the rate, over all workers and retries (I8). Each of a queue's four partitions has a quarter of the rate. A task
 * from a partition without a poller counts twice: there and at the root. So each partition needs a poller, and autoscaling would leave
 * only one.
 */
function rateOf(budget: number | null, ratePerS: (budget: number) => number): Partial<WorkerOptions> {
  if (budget === null) return {};
  const activityTaskPollerBehavior = { type: 'simple-maximum', maximum: BUDGETED_POLLERS } as const;
  return { maxTaskQueueActivitiesPerSecond: ratePerS(budget), activityTaskPollerBehavior };
}

const BUDGETED_POLLERS = 12;
