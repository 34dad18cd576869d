import type { InjectedSinks, NativeConnection, WorkerOptions, WorkflowBundleOption } from '@temporalio/worker';
import { bundleWorkflowCode, Runtime, Worker } from '@temporalio/worker';
import { existsSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { JobActivities } from './activities/job-activities.ts';
import { createActivities } from './activities/job-activities.ts';
import { createHolds } from './activities/holds.ts';
import type { Config } from './config.ts';
import { cancelQueueOf, statusQueueOf } from './contract/index.ts';
import { cancelRatePerS, statusRatePerS } from './polling/budget.ts';
import type { Measure } from './contract/metrics.ts';
import { createMeasure } from './contract/metrics.ts';
import { withCleanUp } from './embedded/clean-up.ts';
import { openAccounts } from './worker/accounts.ts';
import { CENSUS_ATTRIBUTES, startCensus } from './worker/census.ts';
import type { ConnectionWatch } from './worker/connection-watch.ts';
import { askerOf, watchConnection } from './worker/connection-watch.ts';
import { startGauges } from './worker/gauges.ts';
import type { Capacity } from './worker/capacity.ts';
import { capacityFor, memoryHere } from './worker/capacity.ts';
import { isProgram } from './worker/is-program.ts';
import { ensureSearchAttributes, isChosen } from './worker/search-attributes.ts';
import type { WorkerStatus } from './worker/health.ts';
import { workflowCode } from './worker/workflow-code.ts';
import type { MeasureSinks } from './workflows/measure.ts';
import type { Timeouts } from './providers/http/exchange.ts';
import type { Provider } from './providers/provider.ts';
import { BUILT_IN_PROVIDERS } from './providers/registry.ts';

export { ConfigError, loadConfig, loadTemporalConfig, loadWorkerConfig } from './config.ts';
export type { Config } from './config.ts';
export { LostConnectionError } from './worker/connection-watch.ts';
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
  /** Limits of time of one call to a service, ms; 5 s to connect, 15 s to the headers, 20 s in all if left out. */
  timeouts?: Partial<Timeouts>;
  /** Handed on to every SDK worker: how payloads are encoded, who listens in, as whom the worker shows. */
  workerOptions?: Pick<WorkerOptions, 'dataConverter' | 'interceptors' | 'identity'>;
}

export interface TrackerWorker {
  /**
   * Serves until `shutdown` or a failure that cannot be healed.
   * @throws LostConnectionError once the server has not answered for `config.lostAfterMs`
   */
  readonly run: () => Promise<void>;
  /** Ends holds at once, so that other workers take over, and finishes what is under way within 30 s. */
  readonly shutdown: () => void;
  readonly status: () => WorkerStatus;
}

const NO_ACCOUNT =
  'serves no account: it plans jobs, and polls none; set DOCSWRITE_TOKEN, DEEPWRITER_TOKEN or JOBTRACK_ACCOUNTS';
const CONTINUE_AFTER_EVENTS = 2_000;
/** Below the 30 s that a container is given to stop. */
const SHUTDOWN = { shutdownGraceTime: '20s', shutdownForceTime: '28s' } as const;

/**
 * Creates a worker for workflows and for every account of the configuration.
 * @throws MissingSearchAttributesError, ProviderError for an account that cannot be opened, TransportError
 */
export async function createTrackerWorker(options: TrackerWorkerOptions): Promise<TrackerWorker> {
  const { connection, namespace = 'default', config } = options;
  await ensureSearchAttributes(connection, namespace, config.searchAttributes);
  const providers = [...BUILT_IN_PROVIDERS, ...(options.providers ?? [])];
  const [now, random] = [options.now ?? Date.now, options.random ?? Math.random];
  const warn = (message: string): void => Runtime.instance().logger.warn(message);
  const accounts = openAccounts(providers, config.accounts, {
    holdMs: config.holdMs,
    now,
    random,
    warn,
    proxyFor: config.proxyFor,
    timeouts: options.timeouts,
  });
  const capacity = capacityFor(memoryHere(config.memoryMb), config.maxHolds);
  const holds = createHolds(capacity.holds);
  const measure = createMeasure(Runtime.instance().metricMeter);
  const activities = createActivities({
    table: providers.map(({ traits }) => traits),
    serviceOf: accounts.serviceOf,
    holds,
    options: { ...config, continueAfterEvents: options.continueAfterEvents ?? CONTINUE_AFTER_EVENTS },
    now,
    random,
    measure,
  });
  const workers = await createWorkers({ ...options, namespace, activities, capacity, measure });
  let state: WorkerStatus['state'] = 'starting';
  let watch: ConnectionWatch | undefined;
  const shutdown = (): void => {
    if (state !== 'stopped') state = 'draining';
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    // The SDK tells activities of a shutdown only after its grace time, so we tell our holds. Not before the pollers have stopped: a poll
    // that is about to be dropped could take back what a hold gives away, and sit on it until its heartbeat times out.
    void untilPollersStop(workers).then(holds.release);
  };
  const startMeasuring = (): (() => void) => {
    const stopGauges = startGauges(measure, holds, accounts);
    const counts =
      config.metricsAddress !== null && CENSUS_ATTRIBUTES.every((name) => isChosen(config.searchAttributes, name));
    const served = config.accounts.map(({ provider }) => provider);
    const census = { connection, namespace, taskQueue: config.taskQueue, providers: served, measure };
    const stopCensus = counts ? startCensus(census) : () => undefined;
    return () => (stopGauges(), stopCensus());
  };
  return {
    run: async () => {
      const runs = workers.map((worker) => worker.run());
      const lost = new Promise<never>((_, onLost) => {
        watch = watchConnection({ ask: askerOf(connection), lostAfterMs: config.lostAfterMs, onLost });
      });
      state = 'serving';
      const stopMeasuring = startMeasuring();
      let hasFailed = true;
      const serve = async (): Promise<void> => {
        await Promise.race([Promise.all(runs), lost]);
        hasFailed = false;
      };
      await withCleanUp(serve, async () => {
        watch?.stop();
        stopMeasuring();
        shutdown(); // one part that fails takes the others with it: half a worker is worse than none
        // After a failure the others may never come to an end, and whoever runs this one has to hear of it.
        await Promise.race([
          Promise.allSettled(runs),
          ...(hasFailed ? [sleep(FAILED_MS, undefined, { ref: false })] : []),
        ]);
        accounts.close();
        state = 'stopped';
      });
    },
    shutdown,
    status: () => ({
      state,
      connected: watch?.isConnected() ?? true,
      queues: workers.map(queueOf),
      holding: holds.waiting(),
      capacity,
      warnings: config.accounts.length === 0 ? [NO_ACCOUNT] : [],
    }),
  };
}

const FAILED_MS = 3_000;
const POLLERS_STOP_MS = 3_000;

async function untilPollersStop(workers: readonly Worker[]): Promise<void> {
  const polls = (worker: Worker): boolean => ['RUNNING', 'STOPPING'].includes(worker.getState());
  const deadlineMs = performance.now() + POLLERS_STOP_MS;
  while (workers.some(polls) && performance.now() < deadlineMs) await sleep(20);
}

function queueOf(worker: Worker): WorkerStatus['queues'][number] {
  const { runState, workflowPollerState, activityPollerState, numInFlightActivities } = worker.getStatus();
  const polling = [workflowPollerState, activityPollerState].includes('POLLING');
  return { taskQueue: worker.options.taskQueue, runState, polling, inFlight: numInFlightActivities };
}

interface Serving extends TrackerWorkerOptions {
  namespace: string;
  activities: JobActivities;
  capacity: Capacity;
  measure: Measure;
}

async function createWorkers(serving: Serving): Promise<Worker[]> {
  const { connection, namespace, config, activities, capacity, measure } = serving;
  const common = { connection, namespace, ...SHUTDOWN, ...serving.workerOptions };
  const { planJob, checkJobStatus, cancelJob } = activities;
  const workflowBundle = await workflowSource(serving.workflowBundle);
  const main = Worker.create({
    ...common,
    workflowBundle,
    ...versionOf(config),
    taskQueue: config.taskQueue,
    activities: { planJob },
    enableNonLocalActivities: false,
    maxCachedWorkflows: capacity.cachedWorkflows,
    sinks: sinksOf(measure),
    workflowTaskPollerBehavior: { type: 'autoscaling' },
  });
  const perAccount = config.accounts.flatMap(({ provider, name, requestsPerMinute }) => [
    Worker.create({
      ...common,
      taskQueue: statusQueueOf(config.taskQueue, provider, name),
      activities: { checkJobStatus },
      // Holds take a slot each; beyond them, polls whose interval is given back must still find one.
      maxConcurrentActivityTaskExecutions: capacity.holds + SPARE_SLOTS,
      activityTaskPollerBehavior: { type: 'autoscaling' },
      maxHeartbeatThrottleInterval: '20s', // each one costs the server a write; below the heartbeat timeout of 30 s
      ...rateOf(requestsPerMinute, statusRatePerS),
    }),
    Worker.create({
      ...common,
      taskQueue: cancelQueueOf(config.taskQueue, provider, name),
      activities: { cancelJob },
      ...rateOf(requestsPerMinute, cancelRatePerS),
    }),
  ]);
  return Promise.all([main, ...perAccount]);
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

async function workflowSource(bundle: WorkflowBundleOption | undefined): Promise<WorkflowBundleOption> {
  if (bundle !== undefined) return bundle;
  const built = fileURLToPath(new URL('./workflow-bundle.js', import.meta.url)); // `npm run build` leaves it there
  if (existsSync(built)) return { codePath: built };
  return bundleWorkflowCode({ ...workflowCode(), logger: Runtime.instance().logger });
}

// No top-level await: a CommonJS program could not require this module then.
async function runAlone(): Promise<void> {
  const [{ runProgram }, { programLine, readProgramLine }] = await Promise.all([
    import('./worker/program.ts'),
    import('./program-line.ts'),
  ]);
  const about =
    'Runs the worker that follows jobs; configured by the environment, see docs/operations.md; drained by SIGTERM.';
  readProgramLine(programLine('node dist/worker.js', about));
  await runProgram(createTrackerWorker);
}

if (isProgram(import.meta.url)) void runAlone();
