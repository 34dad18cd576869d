import type { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { randomInt, randomUUID } from 'node:crypto';
import { createJobTracker, type JobTracker } from '../../src/client.ts';
import type { Config } from '../../src/config/index.ts';
import type { Account } from '../../src/config/accounts.ts';
import {
  DEEPWRITER_API_KEY,
  DOCSWRITE_SITE_TOKEN,
  type Simulator,
  startSimulator,
} from '../../src/simulators/simulator.ts';
import { createTrackerWorker, type TrackerWorker, type TrackerWorkerOptions } from '../../src/worker.ts';

export interface Rig {
  taskQueue: string;
  tracker: JobTracker;
  client: Client;
  docswrite: Simulator;
  deepwriter: Simulator;
  config: Config;
  /** Starts another worker of the same kind. */
  startWorker: (options?: Partial<TrackerWorkerOptions>) => Promise<RunningWorker>;
  /** Shuts all workers down, and waits until they have drained. */
  stopWorkers: () => Promise<void>;
  close: () => Promise<void>;
}

export interface RunningWorker extends TrackerWorker {
  /** Shuts down, and waits until the worker has drained. */
  stop: () => Promise<void>;
}

export interface RigOptions {
  client: Client;
  connection: NativeConnection;
  now?: () => number;
  config?: Partial<Config>;
  worker?: Partial<TrackerWorkerOptions>;
  /** The seed of the simulators' job ids. Default: a random seed, which is printed. */
  seed?: number;
  /** false: no worker is started. */
  serves?: boolean;
  /** The budget of each account, in requests per minute. Default: none. */
  budget?: number;
}

function accountOf(provider: string, token: string, baseUrl: string, name = 'default'): Account {
  const secret = { reveal: () => token, toString: () => '[redacted]', toJSON: () => '[redacted]' };
  return { name, provider, pool: 'shared', baseUrl, auth: null, secret, requestsPerMinute: null };
}

/** Starts both simulators, a tracker and a worker on their own task queue. */
export async function startRig(options: RigOptions): Promise<Rig> {
  const now = options.now ?? Date.now;
  const taskQueue = `test-${randomUUID()}`;
  // Rigs share one namespace, so each needs its own job ids.
  const seed = options.seed ?? randomInt(1, 1_000_000);
  console.info(`simulators play by seed ${seed}`);
  const [docswrite, deepwriter] = await Promise.all([
    startSimulator({ service: 'docswrite', now, seed }),
    startSimulator({ service: 'deepwriter', now, seed }),
  ]);
  const own = configOf(taskQueue, docswrite.url, deepwriter.url);
  const accounts = own.accounts.map((account) => ({ ...account, requestsPerMinute: options.budget ?? null }));
  const config: Config = { ...own, accounts, ...options.config };
  const running: RunningWorker[] = [];
  const startWorker: Rig['startWorker'] = async (extra = {}) => {
    const { connection } = options;
    const worker = await createTrackerWorker({ connection, config, now, ...options.worker, ...extra });
    const over = worker.run();
    const stop = async (): Promise<void> => {
      worker.shutdown();
      await over;
    };
    running.push({ ...worker, stop });
    return { ...worker, stop };
  };
  if (options.serves !== false) await startWorker();
  const stopWorkers = async (): Promise<void> => void (await Promise.all(running.splice(0).map(({ stop }) => stop())));
  const close = async (): Promise<void> => {
    await stopWorkers();
    await Promise.all([docswrite.close(), deepwriter.close()]);
  };
  const tracker = createJobTracker({ client: options.client, taskQueue });
  return { taskQueue, tracker, client: options.client, docswrite, deepwriter, config, startWorker, stopWorkers, close };
}

function configOf(taskQueue: string, docswriteUrl: string, deepwriterUrl: string): Config {
  return {
    taskQueue,
    holdMs: 30_000,
    reportEveryMs: 5_000,
    maxHolds: 1_000,
    memoryMb: null,
    lostAfterMs: 0,
    defaultPolling: {},
    defaultLimits: {},
    healthAddress: null,
    metricsAddress: null,
    logLevel: 'warn',
    logFormat: 'json',
    searchAttributes: true,
    deployment: null,
    accounts: [
      accountOf('docswrite', DOCSWRITE_SITE_TOKEN, docswriteUrl),
      accountOf('deepwriter', DEEPWRITER_API_KEY, deepwriterUrl),
    ],
    knownAccounts: [],
    warnings: [],
  };
}
