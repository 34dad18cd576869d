import { Client, Connection } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { randomInt, randomUUID } from 'node:crypto';
import { expect, inject } from 'vitest';
import { createJobTracker, type JobTracker } from '../../src/client.ts';
import { simulatedAccounts, type Simulators, startSimulators } from '../../src/cli/playground/simulators.ts';
import { createTeardown, type Teardown } from '../../src/cli/playground/teardown.ts';
import { untilPolling } from '../../src/cli/playground/worker-process.ts';
import { cleanEnv, type Running, startJobtrack } from '../e2e/jobtrack.ts';
import { patiently } from './patiently.ts';
import { isRunning } from './scratch.ts';
import { sharedWorkflowBundle } from './workflow-bundle.ts';

const WORKERS = 3;

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;

/** Three real workers on a development server, and simulators of both services. */
export interface HostileRig {
  seed: number;
  taskQueue: string;
  client: Client;
  tracker: JobTracker;
  simulators: Simulators;
  workers: readonly Running[];
  teardown: Teardown;
}

/** The part of all messages and answers that is played. Each run has another seed, so many runs together play all. */
const SHARE = Number(process.env['ODD_SHARE'] ?? 0.5);

/** @returns how many of so many messages or answers are played: half of them, or as ODD_SHARE says */
export function shareOf(all: number): number {
  return Math.round(all * SHARE);
}

/** @param about the text to print before the seed. `ODD_SEED` sets the seed */
export function oddSeed(about: string): number {
  const seed = Number(process.env['ODD_SEED'] ?? randomInt(1, 1_000_000));
  console.info(`${about} by seed ${seed} (ODD_SEED)`);
  return seed;
}

/** @param prepare returns more settings for the workers, and may add to the teardown */
export async function startHostileRig(
  seed: number,
  prepare: (teardown: Teardown) => Promise<Record<string, string>> = () => Promise.resolve({}),
): Promise<HostileRig> {
  const address = inject('temporalAddress');
  const taskQueue = `odd-${randomUUID()}`;
  const teardown = createTeardown();
  // The job ids must differ from those of the other test file: both share one server, and an ended job is not tracked again.
  const simulators = await startSimulators({ teardown, seed: randomInt(1, 1_000_000) });
  const connection = await Connection.connect({ address });
  teardown.add(() => connection.close());
  const client = new Client({ connection });
  const env = cleanEnv({
    TEMPORAL_ADDRESS: address,
    JOBTRACK_TASK_QUEUE: taskQueue,
    JOBTRACK_LOG_LEVEL: 'error',
    ...simulatedAccounts(simulators),
    ...(await prepare(teardown)),
  });
  const workers: Running[] = [];
  for (let n = 0; n < WORKERS; n += 1) {
    const worker = await startJobtrack(env, 'worker');
    workers.push(worker);
    teardown.add(() => worker.child.stop());
    await untilPolling(client, taskQueue, worker.child);
  }
  return { seed, taskQueue, client, tracker: createJobTracker({ client, taskQueue }), simulators, workers, teardown };
}

/** A job without disturbance, which is polled every second while other jobs are disturbed. */
export interface HealthyJob {
  workflowId: string;
  /** Records the time. The work between two marks must take at least some seconds on any machine. */
  mark: () => void;
  /** Checks that the job was polled between any two marks. Then ends the job at the service, and checks that tracking ends. */
  expectServed: () => Promise<void>;
}

export async function followHealthyJob({ simulators, tracker }: HostileRig): Promise<HealthyJob> {
  const { control } = simulators.deepwriter;
  const steps = [
    { answer: { status: 'in_progress', progress: 10 } },
    { afterRelease: true, ends: true, answer: { status: 'completed', progress: 100 } },
  ];
  const { jobId } = await control.createJob({ scenario: 'script', steps });
  const polling = { mode: 'fixed', intervalMs: '1s' } as const;
  const job = await patiently(() => tracker.track({ provider: 'deepwriter', jobId }, { polling }));
  await expect.poll(async () => (await control.job(jobId)).polls).toBeGreaterThan(0);
  const marks = [Date.now()];
  return {
    workflowId: job.workflowId,
    mark: () => void marks.push(Date.now()),
    expectServed: async () => {
      const atMs = (await control.requests({ jobId, route: 'status' })).map((request) => request.atMs);
      const between = marks.slice(1).map((to, n) => atMs.filter((at) => at >= (marks[n] ?? 0) && at < to).length);
      expect(between).not.toContain(0);
      const { health, outcome } = await patiently(() => job.progress());
      expect([health.status, outcome]).toEqual(['ok', null]);
      await control.release(jobId);
      expect(await job.result({ patienceMs: Number.POSITIVE_INFINITY })).toMatchObject({ status: 'completed' });
    },
  };
}

export function expectAllRunning(workers: readonly Running[]): void {
  expect(workers.map(({ child }) => isRunning(child.pid))).toEqual(workers.map(() => true));
}

/** Checks that the history replays. Otherwise a worker that takes over the job could not continue it. */
export async function expectReplay(history: History, workflowId: string): Promise<void> {
  const sinks = { metrics: { measure: { fn: () => undefined } } };
  await Worker.runReplayHistory({ workflowBundle: await sharedWorkflowBundle(), sinks }, history, workflowId);
}

/** Checks that no workflow task failed, except by `UnhandledCommand`: an event came while the workflow closed, and the task runs again. */
export function expectNoFailedTask(history: History, workflowId: string): void {
  const failures = (history.events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failure }) => failure ?? []);
  const failed = failures.filter(({ failure }) => failure?.message !== 'UnhandledCommand');
  expect([workflowId, failed]).toEqual([workflowId, []]);
}

/** Terminates the open workflows of a test, so that they need nothing more from the shared server. */
export async function terminateAll(client: Client, workflowIds: readonly string[]): Promise<void> {
  const end = (id: string): Promise<unknown> =>
    client.workflow
      .getHandle(id)
      .terminate()
      .catch(() => undefined);
  await Promise.all(workflowIds.map(end));
}

const AT_ONCE = 16;

/** Calls `work` for all values, `AT_ONCE` at a time. */
export async function each<Value>(
  values: readonly Value[],
  work: (value: Value, index: number) => Promise<void>,
): Promise<void> {
  const left = [...values.entries()];
  const lane = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await work(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
