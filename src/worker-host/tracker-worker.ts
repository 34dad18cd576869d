import type { NativeConnection, WorkerOptions, WorkflowBundleOption } from '@temporalio/worker';
import { Runtime } from '@temporalio/worker';
import { createHolds } from '../activities/check-job-status/holds.ts';
import { createActivities } from '../activities/create-activities.ts';
import type { Config } from '../config/index.ts';
import { createMeasure } from '../contract/metrics.ts';
import type { Timeouts } from '../providers/http/exchange.ts';
import type { Provider } from '../providers/provider.ts';
import { BUILT_IN_PROVIDERS } from '../providers/registry/adapters.ts';
import { openAccounts } from './accounts.ts';
import { capacityFor, memoryHere } from './capacity.ts';
import type { TrackerWorker } from './lifecycle.ts';
import { lifecycleOf } from './lifecycle.ts';
import { createSdkWorkers } from './sdk-workers.ts';
import { ensureSearchAttributes } from './search-attributes.ts';

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

const CONTINUE_AFTER_EVENTS = 2_000;

/**
 * Creates a worker for workflows and for every account of the configuration.
 * @throws MissingSearchAttributesError, ProviderError for an account that cannot be opened, TransportError
 */
export async function createTrackerWorker(options: TrackerWorkerOptions): Promise<TrackerWorker> {
  const { connection, namespace = 'default', config, now = Date.now, random = Math.random } = options;
  await ensureSearchAttributes(connection, namespace, config.searchAttributes);
  const { logger, metricMeter } = Runtime.instance();
  const providers = [...BUILT_IN_PROVIDERS, ...(options.providers ?? [])];
  const accounts = openAccounts(providers, config.accounts, {
    holdMs: config.holdMs,
    now,
    random,
    warn: (message) => logger.warn(message),
    proxyFor: config.proxyFor,
    timeouts: options.timeouts,
  });
  const capacity = capacityFor(memoryHere(config.memoryMb), config.maxHolds);
  const holds = createHolds(capacity.holds);
  const measure = createMeasure(metricMeter);
  const activities = createActivities({
    table: providers.map(({ traits }) => traits),
    serviceOf: accounts.serviceOf,
    holds,
    options: { ...config, continueAfterEvents: options.continueAfterEvents ?? CONTINUE_AFTER_EVENTS },
    now,
    random,
    measure,
  });
  const workers = await createSdkWorkers({ ...options, namespace, activities, capacity, measure });
  return lifecycleOf({ connection, namespace, config, accounts, capacity, holds, measure, workers });
}
