import { Client, Connection } from '@temporalio/client';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { type ActivityInboundCallsInterceptor, NativeConnection, Worker } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createJobTracker, type JobTracker, statusQueueOf, workflowIdOf } from '../../src/client.ts';
import { JobTrackerPlugin } from '../../src/worker-host/plugin.ts';
import type { TrackInWorkflowOptions } from '../../src/workflows/library.ts';
import { pollersOf } from '../../src/worker-host/pollers.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import { eventually } from '../support/eventually.ts';
import type { Next, waitForJob } from '../support/fixtures/team-workflows.ts';
import type { Rig } from '../support/rig.ts';

/** Nobody reads what it encodes without it. */
const codec: PayloadCodec = {
  encode: async (payloads) => payloads.map(flipped),
  decode: async (payloads) => payloads.map(flipped),
};

function flipped({ data, metadata }: Payload): Payload {
  return { metadata: metadata ?? null, data: data == null ? null : data.map((byte) => byte ^ 0x55) };
}

const seen: string[] = [];

const noting: ActivityInboundCallsInterceptor = {
  execute: async (input, next) => {
    seen.push('activity');
    return next(input);
  },
};

let rig: Rig;
let client: Client;
let tracker: JobTracker;
let stop: () => Promise<void>;

beforeAll(async () => {
  rig = await startDevServerRig({ serves: false });
  const address = inject('temporalAddress');
  const connection = await NativeConnection.connect({ address });
  const dataConverter = { payloadCodecs: [codec] };
  const plugin = new JobTrackerPlugin({ config: { ...rig.config, taskQueue: 'not-this-queue' } });
  const worker = await Worker.create({
    connection,
    taskQueue: rig.taskQueue,
    workflowsPath: fileURLToPath(new URL('../support/fixtures/team-workflows.ts', import.meta.url)),
    activities: { ownWork: async () => 'done' },
    interceptors: { activity: [() => ({ inbound: noting })] },
    dataConverter,
    plugins: [plugin],
  });
  const over = worker.run();
  await eventually(() => expect(plugin.status()?.state).toBe('serving'));
  const clientConnection = await Connection.connect({ address });
  client = new Client({ connection: clientConnection, dataConverter });
  tracker = createJobTracker({ client, taskQueue: rig.taskQueue });
  stop = async () => {
    worker.shutdown();
    await over;
    expect(plugin.status()?.state).toBe('stopped');
    await clientConnection.close();
    await connection.close();
  };
});

afterAll(async () => {
  await stop?.();
  await rig?.close();
});

const quick = { mode: 'fixed', intervalMs: 1_000 } as const;

async function newJob(scenario = 'long') {
  const params: Record<string, number> = scenario === 'long' ? { steps: 100_000 } : {};
  const { jobId } = await rig.deepwriter.control.createJob({ scenario, params });
  return { provider: 'deepwriter', jobId } as const;
}

type Job = Awaited<ReturnType<typeof newJob>>;

async function startParent(job: Job, options: TrackInWorkflowOptions) {
  const args: [Job, TrackInWorkflowOptions] = [job, { polling: quick, taskQueue: rig.taskQueue, ...options }];
  const workflowId = `parent-${job.jobId}`;
  return client.workflow.start<typeof waitForJob>('waitForJob', { workflowId, taskQueue: rig.taskQueue, args });
}

type Parent = Awaited<ReturnType<typeof startParent>>;

async function untilPolledAgain(job: Job): Promise<void> {
  // The progress learns of an unchanged poll only by a heartbeat.
  const polls = async (): Promise<number> => (await rig.deepwriter.control.job(job.jobId)).polls;
  const before = await polls();
  await eventually(async () => expect(await polls()).toBeGreaterThan(before));
}

/** @returns when the parent waits by the activity for a job that is no child of it */
async function untilAttached(parent: Parent): Promise<void> {
  await eventually(async () => {
    const { raw } = await parent.describe();
    expect(raw.pendingActivities?.map(({ activityType }) => activityType?.name)).toEqual(['awaitJob']);
  });
}

test('the plugin polls the queues of the pools beside the worker, with its codec and its interceptors', async () => {
  const job = await newJob();
  const parent = await startParent(job, {});
  await untilPolledAgain(job);
  expect(seen).not.toEqual([]);
  const queue = { taskQueue: statusQueueOf(rig.taskQueue, 'shared'), type: 'activity' } as const;
  const pollers = await pollersOf({ connection: client.connection, namespace: 'default' }, queue);
  expect(new Set(pollers.map(({ identity }) => identity)).size).toBe(1);
  await tracker.get(job).cancel();
  expect(await parent.result()).toMatchObject({ status: 'cancelled', job });
});

describe('trackInWorkflow', () => {
  test('gives the outcome of a child with the id of the job, also that of a job that failed', async () => {
    const job = await newJob('failure');
    const parent = await startParent(job, { labels: { team: 'books' } });
    expect(await parent.result()).toMatchObject({ status: 'failed', job });
    const ofChild = await client.workflow.getHandle(workflowIdOf(job)).describe();
    expect(ofChild.raw.workflowExecutionInfo?.parentExecution?.workflowId).toBe(parent.workflowId);
  });

  test('waits for a job that is tracked already, and for one whose tracking has ended', async () => {
    const job = await newJob();
    await tracker.track(job, { polling: quick });
    const parents = [await startParent(job, {})];
    await untilAttached(parents[0] as Parent);
    await tracker.get(job).cancel();
    expect(await parents[0]?.result()).toMatchObject({ status: 'cancelled' });
    const late = await startParent(job, {});
    expect(await late.result()).toMatchObject({ status: 'cancelled' });
  });

  test('gives the outcome of a child that somebody cancels natively', async () => {
    const job = await newJob();
    const parent = await startParent(job, {});
    await untilPolledAgain(job);
    await client.workflow.getHandle(workflowIdOf(job)).cancel();
    expect(await parent.result()).toMatchObject({ status: 'cancelled' });
  });

  test('fails for a wrong input, and for tracking that was terminated', async () => {
    const wrong = await startParent({ ...(await newJob()), provider: 'nobody' as 'deepwriter' }, {});
    await expect(wrong.result()).rejects.toMatchObject({ cause: { type: 'InvalidJob' } });
    const job = await newJob();
    const parent = await startParent(job, {});
    await untilPolledAgain(job);
    await client.workflow.getHandle(workflowIdOf(job)).terminate();
    await expect(parent.result()).rejects.toMatchObject({ cause: { type: 'TrackingTerminated' } });
  });
});

const ENDS = {
  terminated: (parent: Parent) => parent.terminate(),
  cancelled: (parent: Parent) => parent.cancel(),
  completed: (parent: Parent) => parent.signal<[Next]>('next', 'complete'),
  'continued as new': (parent: Parent) => parent.signal<[Next]>('next', 'continue as new'),
};

const CASES = (['terminated', 'cancelled', 'completed', 'continued as new'] as const).flatMap((end) =>
  (['never', 'with-parent'] as const).flatMap((cancel) =>
    (['the job', 'nothing'] as const).map((starts) => ({ end, cancel, starts })),
  ),
);

describe.each(CASES)('a parent that is $end, tracks with cancel: $cancel and starts $starts', (given) => {
  const { end, cancel, starts } = given;
  test(cancel === 'with-parent' ? 'takes its job along' : 'leaves a job that is still followed', async () => {
    const job = await newJob();
    if (starts === 'nothing') await tracker.track(job, { polling: quick });
    const parent = await startParent(job, { cancel });
    if (starts === 'nothing') await untilAttached(parent);
    await untilPolledAgain(job);
    await ENDS[end](parent);
    if (cancel === 'with-parent') {
      expect(await tracker.get(job).result()).toMatchObject({ status: 'cancelled' });
      expect((await rig.deepwriter.control.job(job.jobId)).cancels).toBe(1);
      return;
    }
    if (end === 'continued as new') await untilAttached(client.workflow.getHandle(parent.workflowId) as Parent);
    await untilPolledAgain(job);
    await tracker.get(job).cancel();
    const outcome = { status: 'cancelled' };
    if (end === 'continued as new') expect(await parent.result()).toMatchObject(outcome);
    expect(await tracker.get(job).result()).toMatchObject(outcome);
  });
});
