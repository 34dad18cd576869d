import type { BundleOptions, BundlerPlugin, Worker, WorkerOptions, WorkerPlugin } from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';
import { wire } from '../contract/index.ts';
import { withCleanUp } from '../process/clean-up.ts';
import { requireWorkerPackages } from '../process/worker-packages.ts';
import type { TrackerWorker } from './lifecycle.ts';
import type { createParts, PartsOptions } from './parts.ts';
import { shutDown } from './worker-group.ts';
import { TRACE_INTERCEPTORS } from './workflow-modules.ts';

export { ConfigError, loadConfig, loadWorkerConfig } from '../config/index.ts';
export type { Config } from '../config/index.ts';
export { MissingPackagesError } from '../process/worker-packages.ts';

/** What the plugin needs besides the options of the worker. */
export interface JobTrackerPluginOptions extends Pick<
  PartsOptions,
  'config' | 'providers' | 'accounts' | 'continueAfterEvents' | 'timeouts'
> {}

type Created = Awaited<ReturnType<typeof createParts>>;

/**
 * Makes a worker of your own track jobs, too. Its task queue is the tracker's queue, whatever the configuration says. The plugin adds the
 * tracker's activities and sinks, and polls the queues of its pools beside the worker, with the same connection. Your workflows file must
 * export `trackJob` of `durable-job-tracker/workflows`. One plugin is for one worker. If the worker gets a `workflowBundle`, give the plugin
 * to `bundleWorkflowCode`, too: otherwise the traces of jobs end at their workflow.
 * @example
 * const { config } = loadWorkerConfig();
 * const plugins = [new JobTrackerPlugin({ config })];
 * const worker = await Worker.create({ connection, taskQueue: 'books', workflowsPath, plugins });
 * await worker.run();
 */
export class JobTrackerPlugin implements WorkerPlugin, BundlerPlugin {
  readonly #options: JobTrackerPluginOptions;
  #taskQueue: string | null = null;
  #created: Created | null = null;
  #tracker: TrackerWorker | null = null;

  constructor(options: JobTrackerPluginOptions) {
    this.#options = options;
  }

  get name(): string {
    return 'durable-job-tracker';
  }

  /** @returns the status of the tracker's part; null: the worker does not run yet */
  status(): ReturnType<TrackerWorker['status']> | null {
    return this.#tracker?.status() ?? null;
  }

  /** Adds the interceptor of `trackJob` that passes traces on. It is the last one, so that it sees the spans of the others. */
  configureBundler(options: BundleOptions): BundleOptions {
    const modules = [...(options.workflowInterceptorModules ?? []), TRACE_INTERCEPTORS];
    return { ...options, workflowInterceptorModules: [...new Set(modules)] };
  }

  /** @throws TypeError for options that the tracker cannot work with; MissingPackagesError; the errors of `createTrackerWorker` */
  async configureWorker(options: WorkerOptions): Promise<WorkerOptions> {
    // A plugin of the connection is asked for the tracker's own workers, too.
    if (this.#taskQueue !== null && options.taskQueue.startsWith(`${this.#taskQueue}/`)) return options;
    if (this.#taskQueue !== null) throw new TypeError('one JobTrackerPlugin is for one worker: create another plugin');
    const partsOptions = partsOptionsOf(this.#options, options);
    refuseTaken(options);
    this.#taskQueue = options.taskQueue;
    requireWorkerPackages();
    const parts = await import('./parts.ts'); // it needs the packages of a worker
    this.#created = await parts.createParts(partsOptions);
    return withParts(options, this.#created.besideWorkflows);
  }

  /** Runs the tracker's part as long as the worker runs. If one of them fails, both end. */
  async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    const created = this.#created;
    if (created === null || worker.options.taskQueue !== this.#taskQueue) return next(worker);
    const { lifecycleOf } = await import('./lifecycle.ts');
    await created.createPools();
    const tracker = lifecycleOf(created.parts);
    this.#tracker = tracker;
    const serving = tracker.run();
    serving.catch(() => shutDown([worker]));
    // Not only at its end: the holds must end before the worker waits for its last tasks.
    void untilStopping(worker).then(tracker.shutdown);
    await withCleanUp(
      () => next(worker),
      async () => {
        tracker.shutdown();
        await serving;
      },
    );
  }
}

function partsOptionsOf(own: JobTrackerPluginOptions, options: WorkerOptions): PartsOptions {
  const { connection, namespace = 'default', taskQueue, dataConverter, identity } = options;
  if (connection === undefined) {
    throw new TypeError('JobTrackerPlugin needs the connection of the worker: Worker.create({ connection, … })');
  }
  const { activity } = options.interceptors ?? {};
  // An option that is present but undefined would replace the default of the SDK.
  const workerOptions = {
    ...(dataConverter === undefined ? {} : { dataConverter }),
    ...(identity === undefined ? {} : { identity }),
    ...(activity === undefined ? {} : { interceptors: { activity } }),
  };
  // Temporal's interceptors hand their spans of workflows to this sink.
  const tracedByOthers = options.sinks?.['exporter'] !== undefined;
  return { ...own, connection, namespace, config: { ...own.config, taskQueue }, tracedByOthers, workerOptions };
}

const { planJob, awaitJob } = wire.activities;

/** @throws TypeError if the worker has activities of the same names */
function refuseTaken({ activities = {} }: WorkerOptions): void {
  const taken = [planJob, awaitJob].filter((name) => name in activities);
  if (taken.length === 0) return;
  throw new TypeError(`activities of the worker have names of the tracker's activities: ${taken.join(', ')}`);
}

function withParts(
  options: WorkerOptions,
  { activities, sinks, nexusServices }: Created['besideWorkflows'],
): WorkerOptions {
  return {
    ...options,
    activities: { ...options.activities, ...activities },
    sinks: { ...options.sinks, ...sinks },
    nexusServices: [...(options.nexusServices ?? []), ...nexusServices],
  };
}

const LOOK_MS = 100;

async function untilStopping(worker: Worker): Promise<void> {
  while (['INITIALIZED', 'RUNNING'].includes(worker.getState())) await sleep(LOOK_MS, undefined, { ref: false });
}
