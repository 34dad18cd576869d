import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wire } from '../../src/contract/index.ts';
import {
  closedOf,
  type Followed,
  HOUR,
  MINUTE,
  type Service,
  startWorkflowRig,
  type WorkflowRig,
} from '../support/workflow-rig.ts';

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startWorkflowRig();
});
afterAll(() => rig?.close());

const stepMs = MINUTE;

/**
 * A refused cancel is sent again after 60 s. A poll must not be due at the same moment: if a workflow task cancels a timer that has just
 * fired, the time-skipping server 1.38.0 loses the task. A real server accepts the task.
 */
const APART = { polling: { mode: 'fixed', intervalMs: 25_000 } } as const;

async function cancelled(
  service: Service,
  scenario: string,
  params: Record<string, string | number> = {},
): Promise<{ job: Followed; handle: WorkflowHandle }> {
  const job = await rig.follow(service, { scenario, params: { stepMs, ...params } }, APART);
  await job.until(({ polls }) => polls > 0);
  const handle = rig.client.workflow.getHandle(job.workflowId);
  await handle.cancel();
  return { job, handle };
}

test('confirmed: the workflow closes as Canceled, and its memo keeps the outcome, which result() gives', async () => {
  const { job } = await cancelled('deepwriter', 'cancel-confirmed');
  const outcome = await job.ended(HOUR);
  expect(outcome).toMatchObject({ status: 'cancelled', by: 'request', confirmed: true });
  expect(await closedOf(rig, job.workflowId)).toMatchObject({
    status: 'CANCELLED',
    memo: { outcome, summary: `deepwriter job ${job.jobId}` },
  });
});

test('at Docswrite: abandoned, and Canceled', async () => {
  const { job } = await cancelled('docswrite', 'long');
  const outcome = await job.ended(MINUTE);
  expect(outcome).toMatchObject({ status: 'abandoned', why: 'cancel-unsupported' });
  expect(await closedOf(rig, job.workflowId)).toMatchObject({ status: 'CANCELLED', memo: { outcome } });
});

test.each([
  ['cancel-refused', 'cancel-refused'],
  ['cancel-ignored', 'cancel-unconfirmed'],
])('%s: abandoned as %s, and Canceled', async (scenario, why) => {
  const { job } = await cancelled('deepwriter', scenario);
  const outcome = await job.ended(2 * HOUR);
  expect(outcome).toMatchObject({ status: 'abandoned', why });
  expect(await closedOf(rig, job.workflowId)).toMatchObject({ status: 'CANCELLED', memo: { outcome } });
});

test('too late: a job that completes closes its workflow as Completed, native or not', async () => {
  const { job } = await cancelled('deepwriter', 'cancel-too-late');
  const outcome = await job.ended(HOUR);
  expect(outcome).toMatchObject({ status: 'completed' });
  expect(await closedOf(rig, job.workflowId)).toMatchObject({ status: 'COMPLETED', result: outcome });
});

test('too late: a job that fails closes its workflow as Failed, native or not', async () => {
  const { job } = await cancelled('deepwriter', 'cancel-too-late', { end: 'failed' });
  const outcome = await job.ended(HOUR);
  expect(outcome).toMatchObject({ status: 'failed' });
  expect(await closedOf(rig, job.workflowId)).toMatchObject({ status: 'FAILED', failure: { type: 'JobFailed' } });
});

test('after a signal it joins the open request: one call of the endpoint, closed as Canceled', async () => {
  const job = await rig.follow('deepwriter', { scenario: 'cancel-confirmed', params: { stepMs } });
  await job.until(({ polls }) => polls > 0);
  await job.signal(wire.signals.cancel, { reason: 'typo' });
  await job.until(({ cancel }) => cancel.phase === 'accepted');
  await rig.client.workflow.getHandle(job.workflowId).cancel();
  const outcome = await job.ended(HOUR);
  expect(outcome).toMatchObject({ status: 'cancelled', by: 'request' });
  expect(await job.truth()).toMatchObject({ cancels: 1 });
  expect((await job.progress()).cancel).toMatchObject({ reason: 'typo' });
  expect(await closedOf(rig, job.workflowId)).toMatchObject({ status: 'CANCELLED', memo: { outcome } });
});

test('after a refused signal the cancel is sent again, and tracking ends as abandoned when that is refused too', async () => {
  const job = await rig.follow('deepwriter', { scenario: 'cancel-refused', params: { stepMs } }, APART);
  await job.until(({ polls }) => polls > 0);
  await job.signal(wire.signals.cancel);
  await rig.pass(5 * MINUTE);
  expect((await job.progress()).cancel.phase).toBe('refused');
  await rig.client.workflow.getHandle(job.workflowId).cancel();
  expect(await job.ended(5 * MINUTE)).toMatchObject({ status: 'abandoned', why: 'cancel-refused' });
});

test('before the first task: the plan is still made, and the cancel reaches the service', async () => {
  const job = await rig.create('deepwriter', { scenario: 'cancel-confirmed', params: { stepMs } });
  // The first poll still runs when the cancel is answered: see OWN_CANCELS in test/support/workflow-rig.ts.
  await rig.spoil(job, { route: 'status', preset: 'late-answer', params: { ms: 300 }, times: 1 });
  const { workflowId } = await rig.tracker.track(job);
  await rig.client.workflow.getHandle(workflowId).cancel();
  const followed = rig.followed(job);
  expect(await followed.ended(HOUR)).toMatchObject({ status: 'cancelled', by: 'request', confirmed: true });
  expect((await closedOf(rig, workflowId)).status).toBe('CANCELLED');
});

test('I4: while the service is down, with the status unreadable too, it waits and arrives', async () => {
  const job = await rig.follow('deepwriter', { scenario: 'cancel-down', params: { stepMs, calls: 1 } });
  await job.until(({ polls }) => polls > 0);
  await rig.spoil(job, { route: 'any', preset: 'server-error', forMs: 10 * MINUTE });
  await rig.client.workflow.getHandle(job.workflowId).cancel();
  await rig.pass(9 * MINUTE);
  expect(await job.progress()).toMatchObject({
    outcome: null,
    health: { status: 'degraded' },
    cancel: { phase: 'requested' },
  });
  expect(await job.ended(HOUR)).toMatchObject({ status: 'cancelled', by: 'request', confirmed: true });
});
