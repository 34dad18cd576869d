import type { InjectedSinks, NativeConnection, WorkerOptions, WorkflowBundleOption } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import type { JobActivities } from '../activities/job-activities.ts';
import type { Account } from '../config/account.ts';
import type { Config } from '../config/index.ts';
import { cancelQueueOf, statusQueueOf } from '../contract/index.ts';
import type { Measure } from '../contract/metrics.ts';
import { cancelRatePerS, statusRatePerS } from '../polling/budget.ts';
import type { MeasureSinks } from '../workflows/measure.ts';
import type { Capacity } from './capacity.ts';
import { workflowSource } from './workflow-code.ts';

/** What the SDK's workers are made of. */
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

/** Below the 30 s that a container is given to stop. */
const SHUTDOWN = { shutdownGraceTime: '20s', shutdownForceTime: '28s' } as const;

/** Makes one SDK worker for the workflows, and for each account one for its polls and one for its cancels. */
export async function createSdkWorkers(setup: SdkWorkerSetup): Promise<Worker[]> {
  const workflowBundle = await workflowSource(setup.workflowBundle);
  const forAccounts = setup.config.accounts.flatMap((account) => [
    statusWorker(setup, account),
    cancelWorker(setup, account),
  ]);
  return Promise.all([workflowWorker(setup, workflowBundle), ...forAccounts]);
}

type Common = Pick<WorkerOptions, 'connection' | 'namespace' | 'shutdownGraceTime' | 'shutdownForceTime'>;

function commonOf({ connection, namespace, workerOptions }: SdkWorkerSetup): Common {
  return { connection, namespace, ...SHUTDOWN, ...workerOptions };
}

function workflowWorker(setup: SdkWorkerSetup, workflowBundle: WorkflowBundleOption): Promise<Worker> {
  const { config, activities, capacity, measure } = setup;
  return Worker.create({
    ...commonOf(setup),
    workflowBundle,
    ...versionOf(config),
    taskQueue: config.taskQueue,
    activities: { planJob: activities.planJob },
    enableNonLocalActivities: false,
    maxCachedWorkflows: capacity.cachedWorkflows,
    sinks: sinksOf(measure),
    workflowTaskPollerBehavior: { type: 'autoscaling' },
  });
}

function statusWorker(setup: SdkWorkerSetup, { provider, name, requestsPerMinute }: Account): Promise<Worker> {
  const { config, activities, capacity } = setup;
  return Worker.create({
    ...commonOf(setup),
    taskQueue: statusQueueOf(config.taskQueue, provider, name),
    activities: { checkJobStatus: activities.checkJobStatus },
    // Holds take a slot each; beyond them, polls whose interval is given back must still find one.
    maxConcurrentActivityTaskExecutions: capacity.holds + SPARE_SLOTS,
    activityTaskPollerBehavior: { type: 'autoscaling' },
    maxHeartbeatThrottleInterval: '20s', // each one costs the server a write; below the heartbeat timeout of 30 s
    ...rateOf(requestsPerMinute, statusRatePerS),
  });
}

function cancelWorker(setup: SdkWorkerSetup, { provider, name, requestsPerMinute }: Account): Promise<Worker> {
  const { config, activities } = setup;
  return Worker.create({
    ...commonOf(setup),
    taskQueue: cancelQueueOf(config.taskQueue, provider, name),
    activities: { cancelJob: activities.cancelJob },
    ...rateOf(requestsPerMinute, cancelRatePerS),
  });
}

function sinksOf(measure: Measure): InjectedSinks<MeasureSinks> {
  return { metrics: { measure: { fn: (_workflow, ...recorded) => measure(...recorded) } } };
}

const SPARE_SLOTS = 100;

/**
 * Only workflow code has versions: activities understand each other's heartbeats, so workers of all versions share them. Open jobs go
 * to the current version, for which the replay gate vouches: books take hours, and an old version would have to stay as long.
 */
function versionOf({ deployment }: Config): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (deployment === null) return {};
  const workerDeploymentOptions = {
    version: deployment,
    useWorkerVersioning: true,
    defaultVersioningBehavior: 'AUTO_UPGRADE',
  } as const;
  return { workerDeploymentOptions };
}

/**
 * The server keeps the rate, over all workers and retries (I8). It gives each of a queue's four partitions a quarter: only where each
 * has a poller of its own do tasks not pay twice, in their partition and at the root. Autoscaling would leave one poller for all.
 */
function rateOf(budget: number | null, ratePerS: (budget: number) => number): Partial<WorkerOptions> {
  if (budget === null) return {};
  const activityTaskPollerBehavior = { type: 'simple-maximum', maximum: BUDGETED_POLLERS } as const;
  return { maxTaskQueueActivitiesPerSecond: ratePerS(budget), activityTaskPollerBehavior };
}

const BUDGETED_POLLERS = 12;
