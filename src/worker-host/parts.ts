import { type NativeConnection, Runtime, type WorkerOptions } from '@temporalio/worker';
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
import { createAwaitedJobs } from './awaited-jobs.ts';
import { capacityFor, memoryHere } from './capacity.ts';
import type { Parts } from './lifecycle.ts';
import { createNexusHandler } from './nexus-handler.ts';
import { createMeasure } from './measure.ts';
import { createPolledPools } from './polled-pools.ts';
import { createPoolWorkers, type PoolWorkers } from './pool-workers.ts';
import { sdkWorkersOf } from './sdk-workers.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { createCallTraces } from './traces/call-traces.ts';
import { runSpans } from './traces/run-spans.ts';
import { createWorkerGroup } from './worker-group.ts';

/** How to create what every worker of the tracker is made of. */
export interface PartsOptions {
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
  /** A run with at least this many history events continues as new. Default: 2 000. */
  continueAfterEvents?: number;
  /** The clock of the activities, ms since the epoch. Default: `Date.now`. Tests that skip time need another one. */
  now?: () => number;
  /** A random number in [0, 1). Default: `Math.random`. */
  random?: () => number;
  /** Timeouts of one call to a service, ms. Default: 5 s to connect, 15 s to the headers, 20 s in all. */
  timeouts?: Partial<Timeouts>;
  /** Interceptors of the user make spans of workflows, so the tracker makes none. Default: false. */
  tracedByOthers?: boolean;
  /** Passed to every SDK worker. */
  workerOptions?: Pick<WorkerOptions, 'dataConverter' | 'interceptors' | 'identity'>;
}

const CONTINUE_AFTER_EVENTS = 2_000;

/**
 * Creates everything of a worker but the SDK worker of its workflows. It registers missing search attributes.
 * @throws MissingSearchAttributesError; RangeError for accounts of unknown providers; ProviderError for an account that cannot be
 * opened; TransportError
 */
export async function createParts(options: PartsOptions) {
  const { connection, namespace = 'default', config } = options;
  await ensureSearchAttributes(connection, namespace, config.searchAttributes);
  const { taskQueue } = config;
  const statusIdentity = uniqueIdentity(options.workerOptions?.identity);
  const poolWorkers = createPoolWorkers({ connection, namespace, taskQueue, identity: statusIdentity, warn });
  const capacity = capacityFor(await memoryHere(config.memoryMb), config.maxHolds);
  const holds = createHolds(capacity.holds);
  const polls = createPollScheduler({ now: options.now ?? Date.now, hasOthers: poolWorkers.hasOthers });
  const measure = createMeasure(Runtime.instance().metricMeter);
  const providers = [...BUILT_IN_PROVIDERS, ...(options.providers ?? [])];
  const table = providers.map(({ traits }) => traits);
  const awaited = awaitedBy(options);
  const callTraces = createCallTraces(config.traceHosts ?? []);
  const { traces } = callTraces;
  const { shareOf } = poolWorkers;
  const shared = { providers, table, shareOf, holds, polls, measure, traces, others: awaited.others };
  const { accounts, activities } = activitiesOf(options, shared);
  const own = { namespace, capacity, measure };
  const { tracker } = awaited;
  const nexusServices = config.nexus === true ? [createNexusHandler({ tracker, table })] : [];
  const traceSinks = runSpans(options.tracedByOthers ?? false);
  const sdk = sdkWorkersOf({ ...options, ...own, activities, statusIdentity, nexusServices, callTraces, traceSinks });
  const workers = createWorkerGroup();
  const log = { warn, info };
  const pools = createPolledPools({ group: workers, createFor: sdk.createFor, onJoined: poolWorkers.watch, log });
  const parts: Parts = { ...own, connection, config, accounts, holds, polls, awaited, workers, pools, poolWorkers };
  const createPools = async (): Promise<void> => {
    await pools.create(accounts.pools());
    accounts.onPool(pools.poll);
  };
  const { createWorkflows, besideWorkflows } = sdk;
  return { parts, createPools, createWorkflows, besideWorkflows };
}

function awaitedBy({ connection, namespace, config, providers = [], workerOptions }: PartsOptions) {
  const { dataConverter, identity } = workerOptions ?? {};
  const traits = providers.map((provider) => provider.traits);
  return createAwaitedJobs(
    { connection, namespace, dataConverter, identity },
    { taskQueue: config.taskQueue, providers: traits },
  );
}

function warn(message: string): void {
  Runtime.instance().logger.warn(message);
}

function info(message: string): void {
  Runtime.instance().logger.info(message);
}

type Shared = Pick<PoolWorkers, 'shareOf'> &
  Pick<ActivityContext, 'table' | 'holds' | 'polls' | 'measure' | 'traces' | 'others'> & {
    readonly providers: readonly Provider[];
  };

function activitiesOf(
  { config, timeouts, ...options }: PartsOptions,
  { providers, shareOf, ...shared }: Shared,
): { accounts: Accounts; activities: JobActivities } {
  const { now = Date.now, random = Math.random, continueAfterEvents = CONTINUE_AFTER_EVENTS } = options;
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
    accountOf: accounts.accountOf,
    ...shared,
    options: { ...config, continueAfterEvents },
    now,
    random,
  });
  return { accounts, activities };
}

/** @returns the identity, by default `<process id>@<host>`, with an end that no other process has: containers share ids and host names */
function uniqueIdentity(identity = `${process.pid}@${hostname()}`): string {
  return `${identity}#${randomUUID().slice(0, 8)}`;
}
