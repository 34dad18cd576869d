import type { NativeConnection, Worker } from '@temporalio/worker';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Holds } from '../activities/check-job-status/holds.ts';
import { TOKEN_VARIABLES } from '../config/account-settings.ts';
import type { Config } from '../config/index.ts';
import type { Measure } from '../contract/metrics.ts';
import { withCleanUp } from '../process/clean-up.ts';
import type { Accounts } from './accounts.ts';
import type { Capacity } from './capacity.ts';
import { CENSUS_ATTRIBUTES, startCensus } from './census.ts';
import type { ConnectionWatch } from './connection-watch.ts';
import { askerOf, watchConnection } from './connection-watch.ts';
import { startGauges } from './gauges.ts';
import type { WorkerStatus } from './health.ts';
import { isChosen } from './search-attributes.ts';

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

interface Parts {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly config: Config;
  readonly accounts: Accounts;
  readonly capacity: Capacity;
  readonly holds: Holds;
  readonly measure: Measure;
  readonly workers: readonly Worker[];
}

/** What changes while the parts serve. */
interface Life {
  state: WorkerStatus['state'];
  watch: ConnectionWatch | null;
}

/** Makes one worker of its parts: they serve together, and end together. */
export function lifecycleOf(parts: Parts): TrackerWorker {
  const life: Life = { state: 'starting', watch: null };
  return {
    run: () => serve(parts, life),
    shutdown: () => drain(parts, life),
    status: () => statusOf(parts, life),
  };
}

const FAILED_MS = 3_000;

async function serve(parts: Parts, life: Life): Promise<void> {
  const { connection, config, accounts, workers } = parts;
  const runs = workers.map((worker) => worker.run());
  const lost = new Promise<never>((_, onLost) => {
    life.watch = watchConnection({ ask: askerOf(connection), lostAfterMs: config.lostAfterMs, onLost });
  });
  life.state = 'serving';
  const stopMeasuring = startMeasuring(parts);
  let hasFailed = true;
  const untilOver = async (): Promise<void> => {
    await Promise.race([Promise.all(runs), lost]);
    hasFailed = false;
  };
  await withCleanUp(untilOver, async () => {
    life.watch?.stop();
    stopMeasuring();
    drain(parts, life); // one part that fails takes the others with it: half a worker is worse than none
    // After a failure the others may never come to an end, and whoever runs this one has to hear of it.
    await Promise.race([Promise.allSettled(runs), ...(hasFailed ? [sleep(FAILED_MS, undefined, { ref: false })] : [])]);
    accounts.close();
    life.state = 'stopped';
  });
}

function drain({ workers, holds }: Parts, life: Life): void {
  if (life.state !== 'stopped') life.state = 'draining';
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  // The SDK tells activities of a shutdown only after its grace time, so we tell our holds. Not before the pollers have stopped: a poll
  // that is about to be dropped could take back what a hold gives away, and sit on it until its heartbeat times out.
  void untilPollersStop(workers).then(holds.release);
}

/** @returns ends it */
function startMeasuring({ connection, namespace, config, accounts, holds, measure }: Parts): () => void {
  const stopGauges = startGauges(measure, holds, accounts);
  const counts =
    config.metricsAddress !== null && CENSUS_ATTRIBUTES.every((name) => isChosen(config.searchAttributes, name));
  const providers = config.accounts.map(({ provider }) => provider);
  const census = { connection, namespace, taskQueue: config.taskQueue, providers, measure };
  const stopCensus = counts ? startCensus(census) : () => undefined;
  return () => (stopGauges(), stopCensus());
}

const NO_ACCOUNT = `serves no account: it plans jobs, and polls none; set ${TOKEN_VARIABLES.join(', ')} or JOBTRACK_ACCOUNTS`;

function statusOf({ config, workers, holds, capacity }: Parts, { state, watch }: Life): WorkerStatus {
  return {
    state,
    connected: watch?.isConnected() ?? true,
    queues: workers.map(queueOf),
    holding: holds.waiting(),
    capacity,
    warnings: config.accounts.length === 0 ? [NO_ACCOUNT] : [],
  };
}

function queueOf(worker: Worker): WorkerStatus['queues'][number] {
  const { runState, workflowPollerState, activityPollerState, numInFlightActivities } = worker.getStatus();
  const polling = [workflowPollerState, activityPollerState].includes('POLLING');
  return { taskQueue: worker.options.taskQueue, runState, polling, inFlight: numInFlightActivities };
}

const POLLERS_STOP_MS = 3_000;

async function untilPollersStop(workers: readonly Worker[]): Promise<void> {
  const polls = (worker: Worker): boolean => ['RUNNING', 'STOPPING'].includes(worker.getState());
  const deadlineMs = performance.now() + POLLERS_STOP_MS;
  while (workers.some(polls) && performance.now() < deadlineMs) await sleep(20);
}
