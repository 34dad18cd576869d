import {
  type InjectedSinks,
  type NativeConnection,
  Worker,
  type WorkerOptions,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import type { ServiceHandler } from 'nexus-rpc';
import type { JobActivities } from '../activities/job-activities.ts';
import type { Config } from '../config/index.ts';
import { cancelQueueOf, statusQueueOf } from '../contract/index.ts';
import type { Measure } from '../contract/metrics.ts';
import type { TraceSinks } from '../workflows/trace-header.ts';
import type { MeasureSinks } from '../workflows/measure.ts';
import { type Capacity, MOST_POLLERS } from './capacity.ts';
import type { CallTraces } from './traces/call-traces.ts';

interface SdkWorkerSetup {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly config: Config;
  readonly activities: JobActivities;
  readonly capacity: Capacity;
  readonly measure: Measure;
  /** Of the workers of polls and cancels. */
  readonly callTraces: CallTraces;
  readonly traceSinks: InjectedSinks<TraceSinks>;
  /** Served on the queue of the workflows. */
  readonly nexusServices: ServiceHandler[];
  /** Of the status workers. No other process has it, so that workers can count each other. */
  readonly statusIdentity: string;
  readonly workerOptions?: Partial<WorkerOptions>;
}

/** Less than the 30 s that a container has to stop. */
const SHUTDOWN = { shutdownGraceTime: '20s', shutdownForceTime: '28s' } as const;

/** Creates SDK workers: one for the workflows, and two for each pool, for its polls and its cancels. Nothing is made for an account. */
export function sdkWorkersOf(setup: SdkWorkerSetup) {
  const { connection, namespace, workerOptions, callTraces } = setup;
  const create = (own: WorkerOptions): Promise<Worker> =>
    Worker.create({ connection, namespace, ...SHUTDOWN, ...workerOptions, ...own });
  const { interceptors } = workerOptions ?? {};
  // The last interceptor is the innermost one: it sees the spans of the others.
  const activity = [...(interceptors?.activity ?? []), ...callTraces.interceptors];
  const createCalling = (own: WorkerOptions): Promise<Worker> =>
    create({ ...own, interceptors: { ...interceptors, activity } });
  const beside = besideWorkflows(setup);
  return {
    createWorkflows: (workflowBundle: WorkflowBundleOption): Promise<Worker> =>
      create({ workflowBundle, ...beside, ...workflowWorker(setup) }),
    /** What the SDK worker of the workflows needs besides them. */
    besideWorkflows: beside,
    createFor: (pool: string): Promise<Worker[]> =>
      Promise.all([createCalling(statusWorker(setup, pool)), createCalling(cancelWorker(setup, pool))]),
  };
}

function besideWorkflows({ activities, measure, traceSinks, nexusServices }: SdkWorkerSetup) {
  const { planJob, awaitJob } = activities;
  const sinks: InjectedSinks<MeasureSinks & TraceSinks> = {
    metrics: { measure: { fn: (_workflow, ...recorded) => measure(...recorded) } },
    ...traceSinks,
  };
  return { activities: { planJob, awaitJob }, sinks, nexusServices };
}

function workflowWorker(setup: SdkWorkerSetup): WorkerOptions {
  const { config, capacity } = setup;
  return {
    ...versionOf(config),
    taskQueue: config.taskQueue,
    maxCachedWorkflows: capacity.cachedWorkflows,
    maxConcurrentActivityTaskExecutions: MOST_AWAITED,
    maxHeartbeatThrottleInterval: '5s', // a heartbeat shows that the waiting workflow has ended
    workflowTaskPollerBehavior: pollers(MOST_POLLERS.workflows),
    activityTaskPollerBehavior: pollers(MOST_POLLERS.awaited),
    nexusTaskPollerBehavior: pollers(MOST_POLLERS.nexus),
  };
}

/** Workflows of others that wait for a job take an activity slot each. They share long polls. */
const MOST_AWAITED = 2_000;

function statusWorker(setup: SdkWorkerSetup, pool: string): WorkerOptions {
  const { config, activities, capacity, statusIdentity } = setup;
  return {
    identity: statusIdentity,
    taskQueue: statusQueueOf(config.taskQueue, pool),
    activities: { checkJobStatus: activities.checkJobStatus },
    // Each hold takes a slot. Polls without a hold need some more.
    maxConcurrentActivityTaskExecutions: capacity.holds + SPARE_SLOTS,
    activityTaskPollerBehavior: pollers(MOST_POLLERS.status),
    maxHeartbeatThrottleInterval: '1s', // the activity itself sends few: each costs the server a write
  };
}

function cancelWorker(setup: SdkWorkerSetup, pool: string): WorkerOptions {
  const { config, activities } = setup;
  return {
    taskQueue: cancelQueueOf(config.taskQueue, pool),
    activities: { cancelJob: activities.cancelJob },
    activityTaskPollerBehavior: pollers(MOST_POLLERS.cancels),
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

function pollers(maximum: number): WorkerOptions['activityTaskPollerBehavior'] {
  return { type: 'autoscaling', minimum: 1, initial: 2, maximum };
}
