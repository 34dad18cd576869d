import { Runtime, type Worker } from '@temporalio/worker';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFull } from '../polling/overload.ts';
import { withCleanUp } from '../process/clean-up.ts';
import type { createAwaitedJobs } from './awaited-jobs.ts';
import { watchBacklog } from './backlog.ts';
import type { Capacity } from './capacity.ts';
import { type ConnectionWatch, troubleOf, watchConnection } from './connection-watch.ts';
import { type Measured, startGauges } from './gauges.ts';
import type { WorkerStatus } from './health.ts';
import { OVERLOADED, watchLoad } from './load.ts';
import type { PolledPools } from './polled-pools.ts';
import type { PoolWorkers } from './pool-workers.ts';
import type { WorkerGroup } from './worker-group.ts';

/** A worker for the workflows and for the configured accounts. */
export interface TrackerWorker {
  /**
   * Serves until `shutdown` or a failure that cannot be repaired.
   * @throws LostConnectionError after `config.lostAfterMs` without an answer of the server; the SDK's error of a part that fails
   */
  readonly run: () => Promise<void>;
  /** Drains the worker: ends its holds, so that other workers take over, and finishes what is under way. `run` returns within 30 s. */
  readonly shutdown: () => void;
  readonly status: () => WorkerStatus;
}

/** What a worker is made of. */
export interface Parts extends Measured {
  readonly capacity: Capacity;
  readonly awaited: Pick<ReturnType<typeof createAwaitedJobs>, 'release'>;
  readonly workers: WorkerGroup;
  readonly pools: PolledPools;
  readonly poolWorkers: PoolWorkers;
}

/** What changes while the parts serve. */
interface Life {
  state: WorkerStatus['state'];
  watch: ConnectionWatch | null;
}

/** Makes one worker of several SDK workers. They start and end together. */
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
  const { connection, config, accounts, workers, pools, poolWorkers } = parts;
  const lost = new Promise<never>((_, onLost) => {
    life.watch = watchConnection({ ask: () => troubleOf(connection), lostAfterMs: config.lostAfterMs, onLost });
  });
  life.state = 'serving';
  const stopGauges = startGauges(parts);
  pools.polled().forEach(poolWorkers.watch);
  const stopLoad = watchLoad(parts.polls, Runtime.instance().logger);
  const stopBacklog = watchBacklog(
    { connection, namespace: parts.namespace, taskQueue: config.taskQueue },
    { isBusy: () => isFull(parts.polls.load()), onBacklog: parts.polls.noteBacklog },
  );
  let hasFailed = true;
  const untilOver = async (): Promise<void> => {
    await Promise.race([workers.run(), lost]);
    hasFailed = false;
  };
  await withCleanUp(untilOver, async () => {
    life.watch?.stop();
    stopGauges();
    poolWorkers.stop();
    stopLoad();
    stopBacklog();
    drain(parts, life); // if one part fails, all end: a worker without its workflows or its polls would hide the failure
    // After a failure the other parts may never end. The caller must get the error in time.
    await Promise.race([workers.settled(), ...(hasFailed ? [sleep(FAILED_MS, undefined, { ref: false })] : [])]);
    accounts.close();
    life.state = 'stopped';
  });
}

function drain({ workers, holds, awaited }: Parts, life: Life): void {
  if (life.state !== 'stopped') life.state = 'draining';
  workers.shutdown();
  // The SDK cancels activities only after its grace time. So we release the holds, but only after the pollers have stopped. A poller that
  // stops could still take a released task, and lose it until the heartbeat timeout.
  void untilPollersStop(workers.workers()).then(() => (holds.release(), awaited.release()));
}

function statusOf({ accounts, workers, pools, holds, polls, capacity }: Parts, { state, watch }: Life): WorkerStatus {
  return {
    state,
    connected: watch?.isConnected() ?? true,
    queues: workers.workers().map(queueOf),
    holding: holds.waiting(),
    capacity,
    warnings: [...accounts.warnings(), pools.trouble(), polls.load().isOverloaded ? OVERLOADED : null].filter(
      (one) => one !== null,
    ),
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
