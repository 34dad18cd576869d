import { describe, expect, test } from 'vitest';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import type { Rig } from '../support/rig.ts';

async function historyEvents(rig: Rig, provider: 'docswrite' | 'deepwriter', unchanged: number): Promise<number> {
  const params = { changes: 3, unchanged };
  const { jobId } = await rig[provider].control.createJob({ scenario: 'changes', params });
  const job = await rig.tracker.track({ provider, jobId }, { polling: { mode: 'fixed', intervalMs: 1_000 } });
  const outcome = await job.result();
  expect(outcome).toMatchObject({ status: 'completed', polls: 3 + unchanged + 1 });
  const { events } = await rig.client.workflow.getHandle(job.workflowId).fetchHistory();
  return events?.length ?? 0;
}

describe.concurrent('I1: history grows with changes, not with polls', () => {
  test.each([
    ['held by the worker', 10_000],
    ['given back to the server', 0],
  ])('3 changes and 30 unchanged polls cost as many events as 3 and 3: %s', async (_, holdMs) => {
    const rig = await startDevServerRig({ config: { holdMs, reportEveryMs: 0 } });
    try {
      const services = ['docswrite', 'deepwriter'] as const;
      const pairs = services.map((provider) => Promise.all([3, 30].map((n) => historyEvents(rig, provider, n))));
      for (const [few, many] of await Promise.all(pairs)) expect(many).toBe(few);
    } finally {
      await rig.close();
    }
  });
});
