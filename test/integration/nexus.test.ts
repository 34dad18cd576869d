import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { TrackByNexusOptions } from '../../src/workflows/library.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import { eventually } from '../support/eventually.ts';
import type { askByNexus, waitByNexus } from '../support/fixtures/caller-workflows.ts';
import type { Rig } from '../support/rig.ts';

// Workflows in a namespace of their own call the tracker in another one.

const namespace = `callers-${randomUUID()}`;
const taskQueue = 'callers';
const endpoint = `tracker-${randomUUID()}`;
const quick = { mode: 'fixed', intervalMs: 1_000 } as const;

let rig: Rig;
let client: Client;
let stop: () => Promise<void>;

beforeAll(async () => {
  const address = inject('temporalAddress');
  rig = await startDevServerRig({ config: { nexus: true } });
  const [connection, native] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ]);
  const day = { seconds: 86_400 as never };
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: day });
  const target = { worker: { namespace: 'default', taskQueue: rig.taskQueue } };
  await connection.operatorService.createNexusEndpoint({ spec: { name: endpoint, target } });
  const workflowsPath = fileURLToPath(new URL('../support/fixtures/caller-workflows.ts', import.meta.url));
  const worker = await eventually(() => Worker.create({ connection: native, namespace, taskQueue, workflowsPath }));
  const over = worker.run();
  client = new Client({ connection, namespace });
  stop = async () => {
    worker.shutdown();
    await over;
    await Promise.all([connection.close(), native.close()]);
  };
});

afterAll(async () => {
  await stop?.();
  await rig?.close();
});

async function newJob(scenario = 'long') {
  const params: Record<string, number> = scenario === 'long' ? { steps: 100_000 } : {};
  const { jobId } = await rig.deepwriter.control.createJob({ scenario, params });
  return { provider: 'deepwriter', jobId } as const;
}

type Job = Awaited<ReturnType<typeof newJob>>;

function startCaller(job: Job, options: TrackByNexusOptions = {}) {
  const args: [Job, TrackByNexusOptions] = [job, { polling: quick, endpoint, ...options }];
  return client.workflow.start<typeof waitByNexus>('waitByNexus', {
    workflowId: `caller-${randomUUID()}`,
    taskQueue,
    args,
  });
}

async function untilPolled(job: Job): Promise<void> {
  await eventually(async () => expect((await rig.tracker.get(job).progress()).polls).toBeGreaterThan(0));
}

/** The operation of the caller has begun: it has a token. */
async function untilBegun(caller: Awaited<ReturnType<typeof startCaller>>): Promise<void> {
  await eventually(async () => {
    const { raw } = await caller.describe();
    expect(raw.pendingNexusOperations?.map(({ operationToken }) => operationToken !== '')).toEqual([true]);
  });
}

test('two callers in another namespace wait for one job, and the cancel of one ends it in the name of that one', async () => {
  const job = await newJob();
  const callers = [await startCaller(job, { cancel: 'with-parent' }), await startCaller(job)];
  await Promise.all(callers.map(untilBegun));
  await untilPolled(job);
  await callers[0]?.cancel();
  const outcome = { status: 'cancelled', job };
  expect(await callers[1]?.result()).toMatchObject(outcome);
  const { cancel } = await rig.tracker.get(job).progress();
  expect(cancel.by).toBe(`${namespace}/${callers[0]?.workflowId}`);
  expect((await rig.deepwriter.control.job(job.jobId)).cancels).toBe(1);
});

test('a caller that does not take its job along leaves a job that is still followed', async () => {
  const job = await newJob();
  const [gone, stays] = [await startCaller(job), await startCaller(job)];
  await Promise.all([gone, stays].map(untilBegun));
  await gone.cancel();
  await expect(gone.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  const polls = async (): Promise<number> => (await rig.deepwriter.control.job(job.jobId)).polls;
  const before = await polls();
  await eventually(async () => expect(await polls()).toBeGreaterThan(before));
  await rig.tracker.get(job).cancel();
  expect(await stays.result()).toMatchObject({ status: 'cancelled' });
});

test('an ended job is answered at once, and a failed one is an outcome too', async () => {
  const job = await newJob('failure');
  expect(await (await startCaller(job)).result()).toMatchObject({ status: 'failed', job });
  expect(await (await startCaller(job)).result()).toMatchObject({ status: 'failed', job });
});

test('progress and cancel answer at once, and a wrong input is an error', async () => {
  const job = await newJob();
  await rig.tracker.track(job, { polling: quick });
  await untilPolled(job);
  const args: [string, Job] = [endpoint, job];
  const asked = await client.workflow.execute<typeof askByNexus>('askByNexus', {
    workflowId: randomUUID(),
    taskQueue,
    args,
  });
  expect(asked).toMatchObject({ progress: { job }, cancel: { by: 'a workflow that asks' } });
  const wrong = await startCaller({ ...job, provider: 'nobody' as 'deepwriter' });
  await expect(wrong.result()).rejects.toMatchObject({ cause: { type: 'InvalidJob' } });
});
