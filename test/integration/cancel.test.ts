import { Client, type WorkflowClientInterceptor, WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createJobTracker } from '../../src/client.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import type { TrackedJob } from '../../src/client-library/tracked-job.ts';
import type { Rig } from '../support/rig.ts';

let held: Rig;

beforeAll(async () => {
  held = await startDevServerRig({ config: { holdMs: 1_000 } });
});
afterAll(() => held?.close());

/** Much longer than any delay of a busy machine. */
const HOUR_MS = 3_600_000;
const slow = { polling: { mode: 'fixed', intervalMs: HOUR_MS } } as const;

async function waitingJob(): Promise<{ jobId: string; workflowId: string; tracked: TrackedJob }> {
  const { jobId } = await held.deepwriter.control.createJob({ scenario: 'long', params: { steps: 100_000 } });
  const tracked = await held.tracker.track({ provider: 'deepwriter', jobId }, slow);
  await expect.poll(async () => (await tracked.progress()).polls).toBe(1);
  return { jobId, workflowId: tracked.workflowId, tracked };
}

test('I4: a cancel signal reaches the service while the job waits in an interval, long before the next poll is due', async () => {
  const { jobId, workflowId, tracked } = await waitingJob();
  const { nextPollAt } = await tracked.progress();
  await held.client.workflow.getHandle(workflowId).signal('cancel');
  await expect
    .poll(async () => (await held.deepwriter.control.job(jobId)).cancelSeenAtMs, { interval: 20 })
    .not.toBeNull();
  const { cancelSeenAtMs } = await held.deepwriter.control.job(jobId);
  expect(cancelSeenAtMs).toBeLessThan(Date.parse(nextPollAt ?? '') - HOUR_MS / 2);
  expect(await tracked.result()).toMatchObject({
    status: 'cancelled',
    by: 'request',
    confirmed: true,
  });
});

/** A tracker with a server that loses the first updates, as after its restart. */
function trackerThatLoses(updates: number) {
  let sent = 0;
  const losing: WorkflowClientInterceptor = {
    startUpdate: async (input, next) => {
      sent += 1;
      if (sent > updates) return next(input);
      throw new WorkflowNotFoundError('update not found', input.workflowExecution.workflowId ?? '', undefined);
    },
  };
  const client = new Client({ connection: held.client.connection, interceptors: { workflow: [losing] } });
  return { tracker: createJobTracker({ client, taskQueue: held.taskQueue }), sent: () => sent };
}

test('I4: a cancel whose update the server has lost, as after its restart, arrives by the signal', async () => {
  const { workflowId, tracked } = await waitingJob();
  const { tracker } = trackerThatLoses(Number.POSITIVE_INFINITY);
  expect(await tracker.get(workflowId).cancel({ reason: 'late' })).toMatchObject({
    phase: 'requested',
    reason: 'late',
    error: 'the answer was lost; the request is stored',
  });
  expect(await tracked.result()).toMatchObject({ status: 'cancelled', by: 'request' });
});

test('a change of limits whose update the server has lost once is sent again', async () => {
  const { workflowId } = await waitingJob();
  const { tracker, sent } = trackerThatLoses(1);
  expect(await tracker.get(workflowId).setLimits({ totalMs: '9h' })).toMatchObject({ totalMs: 9 * HOUR_MS });
  expect(sent()).toBe(2);
  await held.client.workflow.getHandle(workflowId).terminate();
});

test('a progress query is answered while the job waits in an interval, without a poll', async () => {
  const { workflowId, tracked } = await waitingJob();
  const progress = await tracked.progress();
  expect(progress).toMatchObject({ state: 'running', progress: 10, polls: 1 });
  expect(Date.parse(progress.nextPollAt ?? '')).toBeGreaterThan(Date.now() + HOUR_MS / 2);
  await held.client.workflow.getHandle(workflowId).terminate();
});
