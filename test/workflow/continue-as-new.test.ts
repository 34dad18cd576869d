import { afterAll, beforeAll, expect, test } from 'vitest';
import { wire } from '../../src/contract/index.ts';
import {
  closedOf,
  type Followed,
  HOUR,
  MINUTE,
  SECOND,
  startWorkflowRig,
  type WorkflowRig,
} from '../support/workflow-rig.ts';

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startWorkflowRig({ worker: { continueAfterEvents: 40 } });
});
afterAll(() => rig?.close());

/** @returns the runs of a job, oldest first: the number of events, the size of the input in bytes, and the keys of the memo */
async function runsOf(job: Followed): Promise<{ events: number; inputBytes: number; memo: string[] }[]> {
  const runs = [];
  const { firstExecutionRunId } = await firstRunOf(job);
  let runId: string | null = firstExecutionRunId;
  while (runId !== null) {
    const { events } = await rig.client.workflow.getHandle(job.workflowId, runId).fetchHistory();
    const started = events?.[0]?.workflowExecutionStartedEventAttributes;
    const inputBytes = (started?.input?.payloads ?? []).reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
    runs.push({ events: events?.length ?? 0, inputBytes, memo: Object.keys(started?.memo?.fields ?? {}) });
    runId = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? null;
  }
  return runs;
}

async function firstRunOf(job: Followed): Promise<{ firstExecutionRunId: string }> {
  const { raw } = await rig.client.workflow.getHandle(job.workflowId).describe();
  const history = await rig.client.workflow.getHandle(job.workflowId).fetchHistory();
  const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
  const fallback = raw.workflowExecutionInfo?.execution?.runId ?? '';
  return { firstExecutionRunId: started?.firstExecutionRunId || fallback };
}

/** A job that changes at each poll, so that its history grows. */
const restless = (changes: number): object => ({
  scenario: 'changes',
  params: { changes, unchanged: 0 },
});

test('I11: nothing is lost over many runs: polls, versions, start, labels, limits', async () => {
  const job = await rig.follow('deepwriter', restless(36) as { scenario: string }, {
    labels: { team: 'books' },
    polling: { mode: 'fixed', intervalMs: '10s' },
  });
  const first = await job.until(({ polls }) => polls > 0);
  await job.setLimits({ totalMs: '3h', stalledMs: null });
  let { version, polls } = first;
  for (let minute = 0; minute < 5; minute++) {
    await rig.pass(MINUTE);
    const now = await job.progress();
    expect(now.version).toBeGreaterThan(version);
    expect(now.polls).toBeGreaterThan(polls);
    expect(now).toMatchObject({
      trackedSince: first.trackedSince,
      labels: { team: 'books' },
      limits: { totalMs: 3 * HOUR, stalledMs: null },
    });
    ({ version, polls } = now);
  }
  const outcome = await job.ended(HOUR);
  expect(outcome).toMatchObject({ status: 'completed', polls: 37, labels: { team: 'books' } });
  expect(outcome.polls).toBe((await job.truth()).polls);
  const runs = await runsOf(job);
  expect(runs.length).toBeGreaterThan(4);
  for (const { events, memo } of runs) {
    expect(events).toBeLessThan(60);
    expect(memo).toEqual(['summary']); // the server passes on only the memo of the start
  }
  expect(await closedOf(rig, job.workflowId)).toMatchObject({ status: 'COMPLETED', result: outcome });
});

test('I9: the input of the next run stays bounded, for a chain of any length', async () => {
  const steps = Array.from({ length: 100 }, (_, n) => ({
    afterPolls: n,
    answer: {
      status: n % 2 === 0 ? 'queued' : 'in_progress',
      progress: n / 2,
      error_message: 'x'.repeat(100_000),
      title: 't'.repeat(10_000),
    },
  }));
  const done = { afterPolls: 100, answer: { status: 'completed', progress: 100 } };
  const ask = { scenario: 'script', steps: [...steps, done] };
  const job = await rig.follow('deepwriter', ask, { polling: { mode: 'fixed', intervalMs: '5s' } });
  await job.ended(HOUR);
  const sizes = (await runsOf(job)).map(({ inputBytes }) => inputBytes);
  expect(sizes.length).toBeGreaterThan(10);
  expect(Math.max(...sizes)).toBeLessThan(150_000);
  // The size does not grow: the second half of the chain is not larger than the first.
  const half = Math.floor(sizes.length / 2);
  expect(Math.max(...sizes.slice(half))).toBeLessThan(Math.max(...sizes.slice(0, half)) * 1.6);
});

test('I4: a pending cancel goes on in the next run', async () => {
  const steps = Array.from({ length: 200 }, (_, n) => ({
    afterPolls: n,
    answer: { status: 'in_progress', progress: (n % 97) + 1 },
  }));
  const job = await rig.follow(
    'deepwriter',
    {
      scenario: 'script',
      steps,
      cancel: {
        calls: Array.from({ length: 80 }, () => ({ preset: 'server-error' })),
        rest: {},
        confirm: { afterMs: 3_000 }, // not during the call, or the time-skipping server would stand still
      },
    },
    { polling: { mode: 'fixed', intervalMs: '5s' } },
  );
  await job.until(({ polls }) => polls > 0);
  await job.signal(wire.signals.cancel, { reason: 'typo', id: 'one' });
  await rig.pass(MINUTE);
  const { cancel, outcome } = await job.progress();
  expect({ cancel, outcome }).toMatchObject({ outcome: null, cancel: { phase: 'requested', reason: 'typo' } });
  await job.signal(wire.signals.cancel, { reason: 'again', id: 'one' });
  expect(await job.ended(HOUR)).toMatchObject({ status: 'cancelled', by: 'request', confirmed: true });
  expect((await job.progress()).cancel).toMatchObject({ phase: 'confirmed', reason: 'typo' });
  // The events are not compared: if signals come during continue-as-new, the time-skipping server leaves out the last events of the run.
  const { runId } = await rig.client.workflow.getHandle(job.workflowId).describe();
  expect(runId).not.toBe((await firstRunOf(job)).firstExecutionRunId);
});

test('I5: trouble, its start and its facts go on in the next run', async () => {
  const job = await rig.follow('deepwriter', restless(12) as { scenario: string }, {
    polling: { mode: 'fixed', intervalMs: '10s' },
  });
  await job.until(({ polls }) => polls > 0);
  await rig.spoil(job, { preset: 'server-error', params: { status: 502 }, forMs: 20 * MINUTE });
  await rig.pass(5 * MINUTE);
  const { health, trackedSince } = await job.progress();
  expect(health).toMatchObject({ status: 'degraded', error: expect.stringContaining('502') });
  const runId = async (): Promise<string> => (await rig.client.workflow.getHandle(job.workflowId).describe()).runId;
  const firstRun = await runId();
  // Signals without a meaning fill the history, so that continue-as-new happens while the service is down.
  for (let n = 0; n < 45; n++) await job.signal('noise');
  await rig.pass(2 * MINUTE);
  // The history is not compared: if signals come during continue-as-new, the time-skipping server 1.38.0 may leave out its last events.
  expect(await runId()).not.toBe(firstRun);
  expect((await job.progress()).health).toEqual(health);
  const outcome = await job.ended(2 * HOUR);
  expect(outcome).toMatchObject({ status: 'completed' });
  expect(await job.progress()).toMatchObject({ trackedSince });
});

test('a limit counts from the start of tracking, not from that of the run', async () => {
  const job = await rig.follow('deepwriter', restless(400) as { scenario: string }, {
    polling: { mode: 'fixed', intervalMs: '10s' },
    limits: { totalMs: '10m' },
  });
  const outcome = await job.ended(20 * MINUTE);
  expect(outcome).toMatchObject({ status: 'timed-out', limit: 'totalMs' });
  expect(Math.abs(outcome.trackedForMs - 10 * MINUTE)).toBeLessThan(30 * SECOND);
  expect((await runsOf(job)).length).toBeGreaterThan(2);
});

test('after a native cancellation a run does not continue as new: the new one would not know of it', async () => {
  const steps = Array.from({ length: 100 }, (_, n) => ({
    afterPolls: n,
    answer: { status: 'in_progress', progress: (n % 97) + 1 },
  }));
  const ask = { scenario: 'script', steps, cancel: { confirm: { afterPolls: 30 } } };
  const job = await rig.follow('deepwriter', ask, { polling: { mode: 'fixed', intervalMs: '5s' } });
  await job.until(({ polls }) => polls > 0);
  await rig.client.workflow.getHandle(job.workflowId).cancel();
  const outcome = await job.ended(HOUR);
  expect(outcome).toMatchObject({ status: 'cancelled', by: 'request' });
  expect(await closedOf(rig, job.workflowId)).toMatchObject({ status: 'CANCELLED', memo: { outcome } });
  expect((await runsOf(job)).length).toBeLessThanOrEqual(2);
});
