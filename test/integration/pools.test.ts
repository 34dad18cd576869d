import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Account } from '../../src/config/accounts.ts';
import { cancelQueueOf, fairnessKeyOf, statusQueueOf } from '../../src/contract/index.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import type { Rig, RunningWorker } from '../support/rig.ts';

const quick = { polling: { mode: 'fixed', intervalMs: 1_000 } } as const;
const lasting = { scenario: 'long', params: { steps: 100_000 } };

let rig: Rig;
beforeAll(async () => {
  rig = await startDevServerRig({ serves: false });
});
afterAll(() => rig?.close());

const accountIn = (pool: string): Account => {
  const [, deepwriter] = rig.config.accounts;
  if (deepwriter === undefined) throw new Error('the rig has no account');
  return { ...deepwriter, pool };
};

/** Starts a worker that has the credential of the account. */
async function serving(pool: string): Promise<RunningWorker> {
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  return rig.startWorker({ connection, config: { ...rig.config, accounts: [accountIn(pool)] } });
}

/** Starts a worker that has another account, in the shared pool, and only knows in which pool the account is. */
async function knowing(pool: string): Promise<RunningWorker> {
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  const accounts = [{ ...accountIn('shared'), name: 'other' }];
  const knownAccounts = [{ provider: 'deepwriter', name: 'default', pool, requestsPerMinute: null }];
  return rig.startWorker({ connection, config: { ...rig.config, accounts, knownAccounts } });
}

interface Scheduled {
  readonly queue: string;
  readonly fairnessKey: string;
}

async function scheduledOf(workflowId: string): Promise<Scheduled[]> {
  const { events } = await rig.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled == null
      ? []
      : { queue: scheduled.taskQueue?.name ?? '', fairnessKey: scheduled.priority?.fairnessKey ?? '' },
  );
}

test('a worker that has no credential for an account plans its jobs for the pool that has it', async () => {
  const workers = [await knowing('emea'), await serving('emea')];
  const { jobId } = await rig.deepwriter.control.createJob(lasting);
  const job = await rig.tracker.track({ provider: 'deepwriter', jobId }, quick);
  await expect.poll(async () => (await job.progress()).polls).toBeGreaterThan(0);
  expect((await job.progress()).health.status).toBe('ok');
  await job.cancel();
  expect(await job.result()).toMatchObject({ status: 'cancelled' });
  const fairnessKey = fairnessKeyOf('deepwriter', 'default');
  const scheduled = await scheduledOf(job.workflowId);
  expect(new Set(scheduled.map(({ queue }) => queue))).toEqual(
    new Set([statusQueueOf(rig.taskQueue, 'emea'), cancelQueueOf(rig.taskQueue, 'emea')]),
  );
  expect(scheduled.filter((each) => each.fairnessKey !== fairnessKey)).toEqual([]);
  await Promise.all(workers.map(async ({ stop }) => stop()));
});

test('an account that moves to another pool takes its open jobs along, and their cancels', async () => {
  const before = await serving('shared');
  const { jobId } = await rig.deepwriter.control.createJob(lasting);
  const job = await rig.tracker.track({ provider: 'deepwriter', jobId }, quick);
  await expect.poll(async () => (await job.progress()).polls).toBeGreaterThan(0);
  await before.stop();
  const workers = [await knowing('apac'), await serving('apac')];
  const { polls } = await job.progress();
  await expect.poll(async () => (await job.progress()).polls).toBeGreaterThan(polls + 1);
  await job.cancel();
  expect(await job.result()).toMatchObject({ status: 'cancelled' });
  expect((await scheduledOf(job.workflowId)).map(({ queue }) => queue)).toContain(statusQueueOf(rig.taskQueue, 'apac'));
  await Promise.all(workers.map(async ({ stop }) => stop()));
});

test('a cancel that waits at the old pool follows the account', async () => {
  const before = await serving('shared');
  const { jobId } = await rig.deepwriter.control.createJob(lasting);
  const job = await rig.tracker.track({ provider: 'deepwriter', jobId }, quick);
  await expect.poll(async () => (await job.progress()).polls).toBeGreaterThan(0);
  await before.stop();
  await rig.client.workflow.getHandle(job.workflowId).signal('cancel');
  const workers = [await knowing('latam'), await serving('latam')];
  expect(await job.result()).toMatchObject({ status: 'cancelled', by: 'request' });
  await Promise.all(workers.map(async ({ stop }) => stop()));
});
