import { type NativeConnection, Runtime, type WorkerOptions, type WorkflowBundleOption } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { createHolds } from '../activities/check-job-status/holds.ts';
import { createPollScheduler } from '../activities/check-job-status/poll-scheduler.ts';
import { createActivities } from '../activities/create-activities.ts';
import type { ActivityContext, JobActivities } from '../activities/job-activities.ts';
import type { Config } from '../config/index.ts';
import type { Timeouts } from '../providers/http/exchange.ts';
import type { Provider } from '../providers/provider.ts';
import { BUILT_IN_PROVIDERS } from '../providers/registry/adapters.ts';
import type { AccountFunction } from './accounts/asked.ts';
import { type Accounts, createAccounts } from './accounts/directory.ts';
import { capacityFor, memoryHere } from './capacity.ts';
import { lifecycleOf, type TrackerWorker } from './lifecycle.ts';
import { createMeasure } from './measure.ts';
import { createPolledPools } from './polled-pools.ts';
import { createPoolWorkers, type PoolWorkers } from './pool-workers.ts';
import { sdkWorkersOf } from './sdk-workers.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { createWorkerGroup } from './worker-group.ts';

/** How to create a worker. */
export interface TrackerWorkerOptions {
  /** The caller closes it. */
  connection: NativeConnection;
  /** Default: `default`. */
  namespace?: string;
  /** From `loadWorkerConfig` or `loadConfig`. */
  config: Config;
  /** Adapters besides the built-in ones. Their accounts are in the configuration. Default: none. */
  providers?: readonly Provider[];
  /** Gives the accounts that the configuration does not have, for example from a vault or a database. Default: none. */
  accounts?: AccountFunction;
  /** A prebuilt bundle of the workflow code. Default: that of the package, or one that is made at the start. */
  workflowBundle?: WorkflowBundleOption;
  /** A run with at least this many history events continues as new. Default: 2 000. */
  continueAfterEvents?: number;
  /** The clock of the activities, ms since the epoch. Default: `Date.now`. Tests that skip time need another one. */
  now?: () => number;
  /** A random number in [0, 1). Default: `Math.random`. */
  random?: () => number;
  /** Timeouts of one call to a service, ms. Default: 5 s to connect, 15 s to the headers, 20 s in all. */
  timeouts?: Partial<Timeouts>;
  /** Passed to every SDK worker. */
  workerOptions?: Pick<WorkerOptions, 'dataConverter' | 'interceptors' | 'identity'>;
}

const CONTINUE_AFTER_EVENTS = 2_000;

/**
 * Creates a worker for the workflows and for every account of the configuration. It registers missing search attributes.
 * @throws MissingSearchAttributesError; RangeError for accounts of unknown providers; ProviderError for an account that cannot be
 * opened; TransportError
 * @example
 * const { config, temporal } = loadWorkerConfig();
 * const connection = await NativeConnection.connect(temporal.connectionOptions);
 * const worker = await createTrackerWorker({ connection, namespace: temporal.namespace, config });
 * process.once('SIGTERM', worker.shutdown);
 * await worker.run();
 * await connection.close();
 */
export async function createTrackerWorker(options: TrackerWorkerOptions): Promise<TrackerWorker> {
  const { connection, namespace = 'default', config } = options;
  await ensureSearchAttributes(connection, namespace, config.searchAttributes);
  const { taskQueue } = config;
  const statusIdentity = uniqueIdentity(options.workerOptions?.identity);
  const poolWorkers = createPoolWorkers({ connection, namespace, taskQueue, identity: statusIdentity, warn });
  const capacity = capacityFor(memoryHere(config.memoryMb), config.maxHolds);
  const holds = createHolds(capacity.holds);
  const polls = createPollScheduler({ now: options.now ?? Date.now, hasOthers: poolWorkers.hasOthers });
  const measure = createMeasure(Runtime.instance().metricMeter);
  const shared = { shareOf: poolWorkers.shareOf, holds, polls, measure };
  const { accounts, activities } = activitiesOf(options, shared);
  const own = { namespace, capacity, measure };
  const sdk = sdkWorkersOf({ ...options, ...own, activities, statusIdentity });
  const workers = createWorkerGroup();
  const log = { warn, info };
  const pools = createPolledPools({ group: workers, createFor: sdk.createFor, onJoined: poolWorkers.watch, log });
  workers.add([await sdk.createWorkflows()]);
  await pools.create(accounts.pools());
  accounts.onPool(pools.poll);
  return lifecycleOf({ ...own, connection, config, accounts, holds, polls, workers, pools, poolWorkers });
}

function warn(message: string): void {
  Runtime.instance().logger.warn(message);
}

function info(message: string): void {
  Runtime.instance().logger.info(message);
}

type Shared = Pick<PoolWorkers, 'shareOf'> & Pick<ActivityContext, 'holds' | 'polls' | 'measure'>;

function activitiesOf(
  { config, timeouts, providers: added = [], ...options }: TrackerWorkerOptions,
  { shareOf, holds, polls, measure }: Shared,
): { accounts: Accounts; activities: JobActivities } {
  const { now = Date.now, random = Math.random, continueAfterEvents = CONTINUE_AFTER_EVENTS } = options;
  const providers = [...BUILT_IN_PROVIDERS, ...added];
  const { holdMs, proxyFor } = config;
  const calls = { proxyFor, timeouts, holdMs, now, random };
  const accounts = createAccounts(config, {
    ...calls,
    providers,
    shareOf,
    ask: options.accounts,
    log: { warn, info },
  });
  const activities = createActivities({
    table: providers.map(({ traits }) => traits),
    accountOf: accounts.accountOf,
    holds,
    polls,
    options: { ...config, continueAfterEvents },
    now,
    random,
    measure,
  });
  return { accounts, activities };
}

/** @returns the identity, by default `<process id>@<host>`, with an end that no other process has: containers share ids and host names */
function uniqueIdentity(identity = `${process.pid}@${hostname()}`): string {
  return `${identity}#${randomUUID().slice(0, 8)}`;
}
