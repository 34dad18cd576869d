import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { cancelQueueOf, statusQueueOf, wire } from '../../src/contract/index.ts';
import { workflowIdOf } from '../../src/client-library/job-ids.ts';
import { commandLineOf } from '../support/command-line.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import type { Rig } from '../support/rig.ts';

// Payloads as raw bytes, which no SDK client sends, but anybody can. None ends a worker or stops the tracking of a job.

let rig: Rig;
beforeAll(async () => {
  rig = await startDevServerRig();
});
afterAll(() => rig?.close());

type Bytes = string | Uint8Array;
type Payload = { metadata?: Record<string, Uint8Array>; data?: Uint8Array };

const bytes = (from: Bytes): Uint8Array => (typeof from === 'string' ? Buffer.from(from) : from);
const payload = (encoding: Bytes, data: Bytes): Payload => ({
  metadata: { encoding: bytes(encoding) },
  data: bytes(data),
});
/** A half surrogate as bytes. It is no UTF-8, but the SDK reads it. */
const HALF_PAIR = Uint8Array.of(0xed, 0xa0, 0x80);
const noJson = payload('json/plain', '[\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}');
const unreadable: [string, Payload][] = [
  ['text that is no JSON', noJson],
  ['JSON without data', { metadata: { encoding: bytes('json/plain') } }],
  ['no encoding', { metadata: { other: bytes('x') }, data: bytes('1') }],
  ['no metadata', { data: bytes('1') }],
];
const unknown: [string, Payload][] = [
  ['an unknown encoding', payload('binary/encrypted', 'x')],
  ['an encoding whose name is half a pair', payload(HALF_PAIR, 'x')],
  ['an encoding whose name is longer than any text', payload('x'.repeat(1_500_000), 'x')],
];

async function start(...payloads: Payload[]): Promise<string> {
  const workflowId = randomUUID();
  await startUnder(workflowId, { input: { payloads } });
  return workflowId;
}

type Request = Parameters<Rig['client']['workflowService']['startWorkflowExecution']>[0];

async function startUnder(workflowId: string, request: Request): Promise<void> {
  await rig.client.workflowService.startWorkflowExecution({
    namespace: 'default',
    workflowId,
    workflowType: { name: wire.workflow },
    taskQueue: { name: rig.taskQueue },
    requestId: randomUUID(),
    ...request,
  });
}

/** Starts a job that does not change until `end` is called. */
async function aJob(): Promise<{ jobId: string; workflowId: string; end: () => Promise<unknown> }> {
  const { jobId } = await rig.deepwriter.control.createJob({ scenario: 'frozen' });
  const polling = { mode: 'fixed', intervalMs: '1s' } as const;
  const job = await rig.tracker.track({ provider: 'deepwriter', jobId }, { polling });
  await expect.poll(async () => (await job.progress()).polls).toBeGreaterThan(0);
  return { jobId, workflowId: job.workflowId, end: () => job.cancel({ waitForMs: 0 }).then(() => job.result()) };
}

async function failedTasksOf(workflowId: string): Promise<string[]> {
  const { events } = await rig.client.workflow.getHandle(workflowId).fetchHistory();
  const failures = events?.map((event) => event.workflowTaskFailedEventAttributes?.failure?.message);
  return failures?.filter((message) => typeof message === 'string') ?? [];
}

describe('an unreadable input is refused', () => {
  test.each(unreadable)('%s', async (_, sent) => {
    const failure = rig.client.workflow.getHandle(await start(sent)).result();
    await expect(failure).rejects.toMatchObject({
      cause: { type: wire.invalidJob, message: 'input must be an object with a job' },
    });
  });
});

test.each(unreadable)(
  'an unreadable memo does not disturb its job, and removes no other job from a list: %s',
  async (_, sent) => {
    const team = randomUUID();
    const { jobId } = await rig.deepwriter.control.createJob({ scenario: 'frozen' });
    const job = { provider: 'deepwriter', jobId };
    const workflowId = workflowIdOf(job);
    const input = payload('json/plain', JSON.stringify({ job, labels: { team } }));
    await startUnder(workflowId, { input: { payloads: [input] }, memo: { fields: { summary: sent, outcome: sent } } });
    const jobtrack = commandLineOf({ TEMPORAL_ADDRESS: inject('temporalAddress'), JOBTRACK_TASK_QUEUE: rig.taskQueue });
    await expect
      .poll(async () => (await jobtrack('status', workflowId, '--json')).json())
      .toMatchObject({ state: 'running', health: { status: 'ok' } });
    await expect
      .poll(async () => (await jobtrack('list', '--label', `team=${team}`, '--json')).json())
      .toMatchObject([{ workflowId, job, state: 'running', status: 'RUNNING', closedAt: null }]);
    expect((await jobtrack('track', 'deepwriter', jobId, '--json')).json()).toMatchObject({ attached: true });
    await jobtrack('cancel', workflowId);
    const ended = await jobtrack('result', workflowId, '--json');
    expect([ended.exitCode, ended.json()]).toMatchObject([1, { status: 'cancelled', by: 'request' }]);
  },
);

test('a job waits for a worker that can read its memo, and is in the list with all others in the meantime', async () => {
  const workflowId = `job:docswrite:default:post:${randomUUID()}`;
  await startUnder(workflowId, { memo: { fields: { summary: payload('binary/encrypted', 'x') } } });
  const listed = async (): Promise<string[]> => {
    const ids = [];
    for await (const job of rig.tracker.list({ open: true })) ids.push(job.workflowId);
    return ids;
  };
  await expect.poll(listed).toContain(workflowId);
  await rig.client.workflow.getHandle(workflowId).terminate();
});

test('an input with any deep nesting is refused', async () => {
  const levels = 200_000;
  const deep = `{"job":{"provider":"docswrite","jobId":"1","x":${'['.repeat(levels)}${']'.repeat(levels)}}}`;
  const failure = rig.client.workflow.getHandle(await start(payload('json/plain', deep))).result();
  await expect(failure).rejects.toMatchObject({ cause: { type: wire.invalidJob, message: 'job.x is not known' } });
});

describe('I9: an input in a foreign encoding waits for a worker with its codec, and harms no other job', () => {
  test.each(unknown)('%s', async (_, sent) => {
    const workflowId = await start(sent);
    await expect
      .poll(() => failedTasksOf(workflowId))
      .toEqual([expect.stringMatching(/^Unknown encoding: (binary\/encrypted|\ufffd|x{5000,20000}…)$/)]);
    await rig.client.workflow.getHandle(workflowId).terminate();
    await (await aJob()).end();
  });
});

/** @returns the failure of an update; undefined: it did not fail */
async function failureOfUpdate(workflowId: string, name: string, sent: Payload) {
  const { outcome } = await rig.client.workflowService.updateWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId },
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- 3 is completed; the enum is in an internal package of the SDK
    waitPolicy: { lifecycleStage: 3 },
    request: { meta: { updateId: randomUUID() }, input: { name, args: { payloads: [sent] } } },
  });
  return outcome?.failure;
}

test('I9: unreadable signals, updates and queries neither stop a job nor change it', async () => {
  const { workflowId, end } = await aJob();
  const { workflowService: service } = rig.client;
  const execution = { workflowId };
  for (const [, sent] of unreadable) {
    const input = { payloads: [sent] };
    for (const signalName of [wire.signals.refresh, 'nobody knows this one']) {
      await service.signalWorkflowExecution({
        namespace: 'default',
        workflowExecution: execution,
        signalName,
        input,
      });
    }
    const query = { queryType: wire.queries.progress, queryArgs: input };
    await service.queryWorkflow({ namespace: 'default', execution, query });
    expect(await failureOfUpdate(workflowId, wire.updates.setLimits, sent)).toMatchObject({
      message: 'limits must be an object',
      applicationFailureInfo: { type: 'InvalidLimits' },
    });
  }
  for (const [, sent] of unknown) {
    const failure = await failureOfUpdate(workflowId, wire.updates.requestCancel, sent);
    expect(failure?.message).toMatch(/^Unknown encoding: /);
  }
  expect(await failedTasksOf(workflowId)).toEqual([]);
  expect(await end()).toMatchObject({ status: 'cancelled' });
});

describe('I9: a foreign workflow that calls an activity with a half surrogate in a name gets a failure, and ends no worker', () => {
  const queues = { checkJobStatus: statusQueueOf, cancelJob: cancelQueueOf };
  test.each(Object.entries(queues))('%s', async (activity, queueOf) => {
    const { workflowService: service } = rig.client;
    const taskQueue = { name: `strangers-${randomUUID()}` };
    const workflowId = randomUUID();
    const asked = { workflowId, workflowType: { name: 'stranger' }, taskQueue, requestId: randomUUID() };
    await service.startWorkflowExecution({ namespace: 'default', ...asked });
    const { taskToken } = await rig.client.connection.withDeadline(Date.now() + 60_000, () =>
      service.pollWorkflowTaskQueue({ namespace: 'default', taskQueue }),
    );
    const request = { job: { provider: 'deepwriter', jobId: '1', account: '\ud800' }, firstWaitMs: 0 };
    const call = {
      activityId: '1',
      activityType: { name: activity },
      taskQueue: { name: queueOf(rig.taskQueue, 'shared') },
      input: { payloads: [payload('json/plain', JSON.stringify([request]).slice(1, -1))] },
      startToCloseTimeout: { seconds: 60 as never }, // protobufjs accepts a Long or a number
      retryPolicy: { maximumAttempts: 1 },
    };
    await service.respondWorkflowTaskCompleted({
      namespace: 'default',
      taskToken,
      // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- 1 schedules an activity; the enum is in an internal package of the SDK
      commands: [{ commandType: 1, scheduleActivityTaskCommandAttributes: call }],
    });
    const stranger = rig.client.workflow.getHandle(workflowId);
    const failures = async () => {
      const { events } = await stranger.fetchHistory();
      return events?.flatMap((event) => event.activityTaskFailedEventAttributes?.failure?.message ?? []);
    };
    await expect.poll(failures).toEqual([expect.stringContaining('this worker has no account \ufffd of deepwriter')]);
    await stranger.terminate();
    await (await aJob()).end();
  });
});
