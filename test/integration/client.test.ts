import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createJobTracker,
  InvalidJobError,
  type JobProgress,
  type ListFilter,
  NotTrackedError,
  TrackingTerminatedError,
  UnreachableError,
} from '../../src/client.ts';
import { wire } from '../../src/contract/index.ts';
import { freePort } from '../../src/embedded/free-port.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import type { Rig } from '../support/rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startDevServerRig({ config: { reportEveryMs: 0 } });
});
afterAll(() => rig?.close());

const quick = { polling: { mode: 'fixed', intervalMs: 1_000 } } as const;

async function deepwriterJob(
  scenario: string,
  params: Record<string, number> = {},
): Promise<{ provider: string; jobId: string }> {
  const { jobId } = await rig.deepwriter.control.createJob({ scenario, params });
  return { provider: 'deepwriter', jobId };
}

async function runsOf(workflowId: string): Promise<number> {
  // Visibility is a little later than the histories.
  const { count } = await rig.client.workflow.count(`WorkflowId = '${workflowId}'`);
  return count;
}

describe('track', () => {
  test('I3: twenty callers at once get one workflow', async () => {
    const job = await deepwriterJob('success', { stepPolls: 1 });
    const tracked = await Promise.all(Array.from({ length: 20 }, () => rig.tracker.track(job, quick)));
    const outcomes = await Promise.all(tracked.map((one) => one.result()));
    expect(new Set(outcomes.map(({ detectedAt }) => detectedAt)).size).toBe(1);
    await expect.poll(() => runsOf(tracked[0]?.workflowId ?? '')).toBe(1);
  });

  test('I3: a job that was tracked to its end is not tracked again, unless the caller says so', async () => {
    const job = await deepwriterJob('failure', { stepPolls: 1 });
    const first = await (await rig.tracker.track(job, quick)).result();
    expect(first).toMatchObject({ status: 'failed' });
    expect(await (await rig.tracker.track(job, quick)).result()).toEqual(first);
    const again = await (await rig.tracker.track(job, { ...quick, again: true })).result();
    expect(again.detectedAt > first.detectedAt).toBe(true);
  });

  test('a job whose tracking was terminated is tracked again', async () => {
    const job = await deepwriterJob('long', { steps: 100_000 });
    const tracked = await rig.tracker.track(job, quick);
    await rig.client.workflow.getHandle(tracked.workflowId).terminate('by hand');
    await expect(tracked.result()).rejects.toThrow(TrackingTerminatedError);
    const anew = await rig.tracker.track(job, quick);
    await expect.poll(async () => (await anew.progress()).state).toBe('running');
    expect(await anew.cancel({ reason: 'done with it' })).toMatchObject({
      phase: expect.stringMatching(/^(accepted|confirmed)$/), // the service may have confirmed it in the meantime
      reason: 'done with it',
    });
    expect(await anew.result()).toMatchObject({ status: 'cancelled', confirmed: true });
  });

  test('wrong input throws before anything is started, and names each field', async () => {
    const job = { provider: 'deepwriter', jobId: 'x', queueType: 'post' };
    const wrong = rig.tracker.track(job, { polling: { minIntervalMs: '1ms' }, limits: { totalMs: 'soon' } });
    await expect(wrong).rejects.toThrow(InvalidJobError);
    await expect(rig.tracker.track(job, { polling: { minIntervalMs: '1ms' } })).rejects.toThrow(
      /job\.queueType is not known; job\.jobId must be a uuid; polling\.minIntervalMs/,
    );
  });
});

describe('a tracked job', () => {
  test('watch yields each change in order and ends with the outcome', async () => {
    const tracked = await rig.tracker.track(await deepwriterJob('success', { stepMs: 500 }), quick);
    const seen: JobProgress[] = [];
    for await (const progress of tracked.watch({ everyMs: 100 })) seen.push(progress);
    const versions = seen.map(({ version }) => version);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toMatchObject({ state: 'completed', progress: 100, outcome: { status: 'completed' } });
  });

  test('progress includes the polls that were not reported to the workflow', async () => {
    const tracked = await rig.tracker.track(await deepwriterJob('long', { steps: 100_000 }), quick);
    await expect.poll(async () => (await tracked.progress()).polls).toBeGreaterThan(1);
    expect(await rig.client.workflow.getHandle(tracked.workflowId).query('progress')).toMatchObject({ polls: 1 });
    await tracked.cancel();
  });

  test('limits are changed while it runs, and wrong values are refused', async () => {
    const tracked = await rig.tracker.track(await deepwriterJob('long', { steps: 100_000 }), quick);
    expect(await tracked.setLimits({ totalMs: '2h', onLimit: 'alert' })).toMatchObject({
      totalMs: 7_200_000,
      onLimit: 'alert',
    });
    await expect(tracked.setLimits({ totalMs: -5 })).rejects.toThrow(
      /limits\.totalMs must be null or whole milliseconds/,
    );
    expect((await tracked.progress()).limits).toMatchObject({ totalMs: 7_200_000 });
    await tracked.cancel();
  });

  test('a cancel of a closed job answers its final state', async () => {
    const tracked = await rig.tracker.track(await deepwriterJob('success', { stepPolls: 1 }), quick);
    await tracked.result();
    expect(await tracked.cancel()).toMatchObject({ phase: 'none' });
  });

  test('a cancel of a refused input gets the refusal, because no job has ended', async () => {
    const workflowId = `refused-${rig.taskQueue}`;
    const args = [{ job: { provider: 'deepwriter', jobId: 'no uuid' } }];
    await rig.client.workflow.start(wire.workflow, { workflowId, taskQueue: rig.taskQueue, args });
    const refused = rig.tracker.get(workflowId);
    await expect(refused.result()).rejects.toThrow('job.jobId must be a uuid');
    await expect(refused.cancel()).rejects.toThrow('job.jobId must be a uuid');
    await expect(refused.cancel()).rejects.toThrow(InvalidJobError);
  });

  test('a job that is not tracked is reported as not tracked', async () => {
    const nobody = rig.tracker.get({ provider: 'docswrite', jobId: 'never-tracked' });
    await expect(nobody.progress()).rejects.toThrow(NotTrackedError);
    await expect(nobody.cancel()).rejects.toThrow(NotTrackedError);
    await expect(nobody.refresh()).rejects.toThrow(NotTrackedError);
    await expect(nobody.result()).rejects.toThrow(NotTrackedError);
  });
});

test('jobs are found by their search attributes', async () => {
  const label = `find-${rig.taskQueue}`;
  const tracked = await rig.tracker.track(await deepwriterJob('long', { steps: 100_000 }), {
    ...quick,
    labels: { label },
  });
  const find = async (): Promise<object[]> => {
    const found = [];
    for await (const job of rig.tracker.list({ provider: 'deepwriter', state: 'running', labels: { label } }))
      found.push(job);
    return found;
  };
  await expect.poll(find).toMatchObject([
    {
      workflowId: tracked.workflowId,
      state: 'running',
      health: 'ok',
      progress: 10,
      labels: { label },
      status: 'RUNNING',
    },
  ]);
  await tracked.cancel();
});

test('a job whose tracking ended without an end of the job is found by how it ended, and not as running', async () => {
  const label = `ended-${rig.taskQueue}`;
  const { jobId } = await rig.docswrite.control.createJob({ scenario: 'long', params: { steps: 100_000 } });
  const tracked = await rig.tracker.track({ provider: 'docswrite', jobId }, { ...quick, labels: { label } });
  const statesOf = async (filter: ListFilter): Promise<(string | null)[]> => {
    const found = [];
    for await (const { state } of rig.tracker.list({ ...filter, labels: { label } })) found.push(state);
    return found;
  };
  await expect.poll(() => statesOf({ state: 'running' })).toEqual(['running']);
  await tracked.cancel();
  expect(await tracked.result()).toMatchObject({ status: 'abandoned' });
  await expect.poll(() => statesOf({ state: 'abandoned' })).toEqual(['abandoned']);
  expect(await statesOf({ state: 'running' })).toEqual([]);
});

test('a server that does not answer is reported', async () => {
  const tracker = createJobTracker({ address: `127.0.0.1:${await freePort()}` });
  await expect(tracker.track({ provider: 'docswrite', jobId: '1' })).rejects.toThrow(UnreachableError);
  await tracker.close();
});

test('a worker that does not answer is reported, and a cancel is stored until a worker answers', async () => {
  const idle = await startDevServerRig({ serves: false });
  const { jobId } = await idle.deepwriter.control.createJob({ scenario: 'long', params: { steps: 100_000 } });
  const tracked = await idle.tracker.track({ provider: 'deepwriter', jobId });
  await expect(tracked.progress()).rejects.toThrow(UnreachableError);
  expect(await tracked.cancel({ waitForMs: 500 })).toMatchObject({ phase: 'requested', attempts: 0 });
  await idle.startWorker();
  expect(await tracked.result()).toMatchObject({ status: 'cancelled', by: 'request' });
  await idle.close();
});
