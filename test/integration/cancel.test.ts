import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import type { Rig } from '../support/rig.ts';

let held: Rig;

beforeAll(async () => {
  held = await startDevServerRig({ config: { holdMs: 1_000 } });
});
afterAll(() => held?.close());

const slow = { polling: { mode: 'fixed', intervalMs: 60_000 } } as const;

async function waitingJob(): Promise<{ jobId: string; workflowId: string }> {
  const { jobId } = await held.deepwriter.control.createJob({ scenario: 'long', params: { steps: 100_000 } });
  const job = await held.tracker.track({ provider: 'deepwriter', jobId }, slow);
  await expect.poll(async () => (await job.progress()).polls, { timeout: 10_000 }).toBe(1);
  return { jobId, workflowId: job.workflowId };
}

test('I4: a cancel signal reaches the service in under 1 s while the job waits in a 60 s interval', async () => {
  const { jobId, workflowId } = await waitingJob();
  const sinceMs = Date.now();
  await held.client.workflow.getHandle(workflowId).signal('cancel');
  await expect
    .poll(async () => (await held.deepwriter.control.job(jobId)).cancelSeenAtMs, { interval: 20 })
    .not.toBeNull();
  const { cancelSeenAtMs } = await held.deepwriter.control.job(jobId);
  expect((cancelSeenAtMs ?? 0) - sinceMs).toBeLessThan(1_000);
  expect(await held.tracker.get(workflowId).result()).toMatchObject({
    status: 'cancelled',
    by: 'request',
    confirmed: true,
  });
});

test('a progress query is answered in under 1 s while the job waits in a 60 s interval', async () => {
  const { workflowId } = await waitingJob();
  const sinceMs = Date.now();
  const progress = await held.tracker.get(workflowId).progress();
  expect(Date.now() - sinceMs).toBeLessThan(1_000);
  expect(progress).toMatchObject({ state: 'running', progress: 10, polls: 1 });
  expect(Date.parse(progress.nextPollAt ?? '') - Date.now()).toBeGreaterThan(50_000);
  await held.client.workflow.getHandle(workflowId).terminate();
  await sleep(0);
});
