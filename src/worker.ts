import type { NativeConnection, WorkerOptions, WorkflowBundleOption } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { JobActivities } from './activities/job-activities.ts';
import { createActivities } from './activities/job-activities.ts';
import { createHolds } from './activities/holds.ts';
import type { Config } from './config.ts';
import { cancelQueueOf, statusQueueOf } from './contract.ts';
import { openAccounts } from './worker/accounts.ts';
import { ensureSearchAttributes } from './worker/search-attributes.ts';
import type { WorkerStatus } from './worker/health.ts';
import type { Provider } from './providers/provider.ts';
import { BUILT_IN_PROVIDERS } from './providers/registry.ts';

export type { WorkerStatus } from './worker/health.ts';

export interface TrackerWorkerOptions {
  connection: NativeConnection;
  /** `default` if left out. */
  namespace?: string;
  config: Config;
  /** Adapters besides the built-in ones; their accounts stand in the configuration. */
  providers?: readonly Provider[];
  /** A prebuilt bundle of the workflow code; bundled at start if left out. */
  workflowBundle?: WorkflowBundleOption;
  /** Continue as new from so many history events; 2 000 if left out. */
  continueAfterEvents?: number;
  /** The clock of the activities, ms; another one than the machine's where tests skip time. */
  now?: () => number;
  random?: () => number;
  /** Handed on to every SDK worker: how payloads are encoded, who listens in, as whom the worker shows. */
  workerOptions?: Pick<WorkerOptions, 'dataConverter' | 'interceptors' | 'identity'>;
}

export interface TrackerWorker {
  /** Serves until `shutdown` or a failure that cannot be healed. */
  readonly run: () => Promise<void>;
  /** Ends holds at once, so that other workers take over, and finishes what is under way within 30 s. */
  readonly shutdown: () => void;
  readonly status: () => WorkerStatus;
}

const CONTINUE_AFTER_EVENTS = 2_000;
/** Below the 30 s that a container is given to stop. */
const SHUTDOWN = { shutdownGraceTime: '20s', shutdownForceTime: '28s' } as const;

/**
 * Creates a worker for workflows and for every account of the configuration.
 * @throws MissingSearchAttributesError, ProviderError for an account that cannot be opened, TransportError
 */
export async function createTrackerWorker(options: TrackerWorkerOptions): Promise<TrackerWorker> {
  const { connection, namespace = 'default', config } = options;
  if (config.searchAttributes) await ensureSearchAttributes(connection, namespace);
  const providers = [...BUILT_IN_PROVIDERS, ...(options.providers ?? [])];
  const accounts = openAccounts(providers, config.accounts);
  const holds = createHolds(config.maxHolds);
  const activities = createActivities({
    table: providers.map(({ traits }) => traits),
    serviceOf: accounts.serviceOf,
    isBudgeted: accounts.isBudgeted,
    holds,
    options: { ...config, continueAfterEvents: options.continueAfterEvents ?? CONTINUE_AFTER_EVENTS },
    now: options.now ?? Date.now,
    random: options.random ?? Math.random,
  });
  const workers = await createWorkers({ ...options, namespace, activities });
  let state: WorkerStatus['state'] = 'starting';
  const shutdown = (): void => {
    if (state !== 'stopped') state = 'draining';
    holds.release(); // the SDK tells activities of a shutdown only after its grace time
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  return {
    run: async () => {
      const runs = workers.map((worker) => worker.run());
      state = 'serving';
      try {
        await Promise.all(runs);
      } finally {
        shutdown(); // one part that fails takes the others with it: half a worker is worse than none
        await Promise.allSettled(runs);
        accounts.close();
        state = 'stopped';
      }
    },
    shutdown,
    status: () => ({ state, queues: workers.map(queueOf), holding: holds.waiting() }),
  };
}

function queueOf(worker: Worker): WorkerStatus['queues'][number] {
  const { runState, workflowPollerState, activityPollerState, numInFlightActivities } = worker.getStatus();
  const polling = [workflowPollerState, activityPollerState].includes('POLLING');
  return { taskQueue: worker.options.taskQueue, runState, polling, inFlight: numInFlightActivities };
}

interface Serving extends TrackerWorkerOptions {
  namespace: string;
  activities: JobActivities;
}

async function createWorkers(serving: Serving): Promise<Worker[]> {
  const { connection, namespace, config, activities } = serving;
  const common = { connection, namespace, ...SHUTDOWN, ...serving.workerOptions };
  const { planJob, checkJobStatus, cancelJob } = activities;
  const main = Worker.create({
    ...common,
    ...workflowSource(serving.workflowBundle),
    taskQueue: config.taskQueue,
    activities: { planJob },
    workflowTaskPollerBehavior: { type: 'autoscaling' },
  });
  const perAccount = config.accounts.flatMap(({ provider, name }) => [
    Worker.create({
      ...common,
      taskQueue: statusQueueOf(config.taskQueue, provider, name),
      activities: { checkJobStatus },
      // Holds take a slot each; beyond them, polls whose interval is given back must still find one.
      maxConcurrentActivityTaskExecutions: config.maxHolds + SPARE_SLOTS,
      activityTaskPollerBehavior: { type: 'autoscaling' },
      maxHeartbeatThrottleInterval: '10s',
    }),
    Worker.create({ ...common, taskQueue: cancelQueueOf(config.taskQueue, provider, name), activities: { cancelJob } }),
  ]);
  return Promise.all([main, ...perAccount]);
}

const SPARE_SLOTS = 100;

function workflowSource(
  bundle: WorkflowBundleOption | undefined,
): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  if (bundle !== undefined) return { workflowBundle: bundle };
  const built = fileURLToPath(new URL('./workflow-bundle.js', import.meta.url)); // `npm run build` leaves it there
  if (existsSync(built)) return { workflowBundle: { codePath: built } };
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return { workflowsPath: fileURLToPath(new URL(`./workflows/index.${extension}`, import.meta.url)) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { runAsProgram } = await import('./worker/program.ts');
  await runAsProgram(createTrackerWorker);
}
