import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrackOptions } from '../../src/client.ts';
import { type CancelState, wire } from '../../src/contract/index.ts';
import { workflowIdOf } from '../../src/client-library/job-ids.ts';
import { closedOf, type Followed, HOUR, MINUTE, startWorkflowRig, type WorkflowRig } from '../support/workflow-rig.ts';

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startWorkflowRig();
});
afterAll(() => rig?.close());

const stepMs = MINUTE;
/** The service confirms after 30 s: within the minute in which the job is polled at the shortest interval. */
const confirmSteps = 0.5;
const hourly = { polling: { mode: 'fixed', intervalMs: '1h' } } as const;
type Params = Record<string, string | number>;

async function underWay(scenario: string, params: Params = {}, options: TrackOptions = {}): Promise<Followed> {
  const job = await rig.follow('deepwriter', { scenario, params: { stepMs, ...params } }, options);
  await job.until(({ polls }) => polls > 0);
  return job;
}

/** @returns a job that waits for its next poll, with an interval of an hour */
const waiting = (scenario: string, params: Params = {}): Promise<Followed> => underWay(scenario, params, hourly);

const cancelsOf = async (job: Followed): Promise<number> => (await job.truth()).cancels;

describe('I4: a cancel reaches the service at once, requested in any way, and its status confirms it', () => {
  const confirmed = { status: 'cancelled', by: 'request', confirmed: true };
  const asks: [title: string, args: unknown[], said: Partial<CancelState>][] = [
    ['a signal without payload', [], { reason: null, by: null }],
    ['a signal with reason', [{ reason: 'typo', by: 'ann', id: '1', more: [1] }], { reason: 'typo', by: 'ann' }],
    ['a signal with text', ['now!'], { reason: null, by: null }],
    ['a signal with null', [null], { reason: null, by: null }],
    ['a signal with nonsense', [{ reason: { a: 1 }, by: 7, id: [] }], { reason: null, by: null }],
    ['a signal with an endless reason', [{ reason: 'x'.repeat(5_000) }], { reason: `${'x'.repeat(199)}…` }],
  ];
  test.each(asks)('%s', async (_, args, said) => {
    const job = await waiting('cancel-confirmed', { confirmSteps });
    await job.signal(wire.signals.cancel, ...args);
    await expect.poll(() => cancelsOf(job)).toBe(1);
    const outcome = await job.ended(10 * MINUTE);
    expect(outcome).toMatchObject(confirmed);
    expect((await job.progress()).cancel).toMatchObject({ phase: 'confirmed', attempts: 1, error: null, ...said });
    expect(await closedOf(rig, job.workflowId)).toMatchObject({ status: 'COMPLETED', result: outcome });
  });

  test('the update returns the answer of the service; its status confirms it a little later', async () => {
    const job = await waiting('cancel-confirmed', { confirmSteps });
    expect(await job.cancel({ reason: 'typo', by: 'ann' })).toMatchObject({
      phase: 'accepted',
      reason: 'typo',
      by: 'ann',
      attempts: 1,
      error: null,
    });
    expect((await job.progress()).message).toContain('accepted the cancel');
    const outcome = await job.ended(10 * MINUTE);
    expect(outcome).toMatchObject(confirmed);
    // The job is polled at the shortest interval for 60 s, then by its policy. It is confirmed after 30 s, so a poll sees it within seconds.
    expect(outcome.trackedForMs).toBeLessThan(MINUTE);
    // A cancel of a closed job returns its final state.
    expect(await job.cancel()).toMatchObject({ phase: 'confirmed', reason: 'typo' });
  });

  test('repeats are one request: of the same id, of other ids, by signal and update', async () => {
    const job = await waiting('cancel-confirmed', { confirmSteps });
    for (const id of ['1', '1', '2', '3']) await job.signal(wire.signals.cancel, { id, reason: `reason ${id}` });
    await Promise.all([job.cancel({ id: '3' }), job.cancel({ reason: 'late' })]);
    expect((await job.progress()).cancel).toMatchObject({ phase: 'accepted', reason: 'reason 1', attempts: 1 });
    expect(await job.ended(10 * MINUTE)).toMatchObject(confirmed);
    expect(await cancelsOf(job)).toBe(1);
  });

  test('requested before the plan is made: signalWithStart', async () => {
    const job = await rig.create('deepwriter', { scenario: 'cancel-confirmed', params: { stepMs, confirmSteps } });
    await rig.client.workflow.signalWithStart(wire.workflow, {
      workflowId: workflowIdOf(job),
      taskQueue: rig.taskQueue,
      args: [{ job }],
      signal: wire.signals.cancel,
      signalArgs: [{ reason: 'early' }],
    });
    const followed = rig.followed(job);
    expect(await followed.ended(10 * MINUTE)).toMatchObject(confirmed);
    expect((await followed.progress()).cancel).toMatchObject({ phase: 'confirmed', reason: 'early' });
  });

  test('requested at Docswrite before the plan is made: abandoned, because it has no cancel', async () => {
    const job = await rig.create('docswrite', { scenario: 'long', params: { stepMs } });
    await rig.client.workflow.signalWithStart(wire.workflow, {
      workflowId: workflowIdOf(job),
      taskQueue: rig.taskQueue,
      args: [{ job }],
      signal: wire.signals.cancel,
    });
    expect(await rig.followed(job).ended(MINUTE)).toMatchObject({ status: 'abandoned', why: 'cancel-unsupported' });
  });
});

describe('a service without cancel', () => {
  test('tracking ends as abandoned after one more poll, and says so', async () => {
    const job = await rig.follow('docswrite', { scenario: 'long', params: { stepMs } });
    await job.until(({ polls }) => polls === 1);
    expect(await job.cancel()).toMatchObject({ phase: 'unsupported', attempts: 0 });
    const outcome = await job.ended(MINUTE);
    expect(outcome).toMatchObject({ status: 'abandoned', why: 'cancel-unsupported', polls: 2 });
    expect(await closedOf(rig, job.workflowId)).toMatchObject({ status: 'COMPLETED', result: outcome });
  });

  test('I6: unless that poll shows that the job has ended: too late', async () => {
    const job = await rig.follow('docswrite', { scenario: 'success', params: { stepMs } }, hourly);
    await job.until(({ polls }) => polls === 1);
    await rig.pass(30 * MINUTE);
    await job.cancel();
    expect(await job.ended(MINUTE)).toMatchObject({ status: 'completed', polls: 2 });
    expect((await job.progress()).cancel.phase).toBe('too-late');
  });

  test('and a service that is down delays this by at most 10 s', async () => {
    const job = await rig.follow('docswrite', { scenario: 'long', params: { stepMs } });
    await job.until(({ polls }) => polls === 1);
    await rig.spoil(job, { preset: 'server-error' });
    await job.cancel();
    const outcome = await job.ended(MINUTE);
    expect(outcome).toMatchObject({ status: 'abandoned', why: 'cancel-unsupported' });
    expect(outcome.trackedForMs).toBeLessThan(30_000);
  });
});

describe('the status decides', () => {
  test.each(['completed', 'failed'])(
    'too late: a job that %s after its cancel was accepted has this outcome',
    async (end) => {
      const job = await underWay('cancel-too-late', { end });
      await job.cancel();
      expect(await job.ended(HOUR)).toMatchObject({ status: end });
      expect((await job.progress()).cancel.phase).toBe('too-late');
    },
  );

  test('refused because it has ended: too late, with its outcome', async () => {
    const job = await waiting('cancel-finished');
    await rig.spoil(job, { route: 'status', preset: 'late-answer', params: { ms: 100 } });
    await rig.pass(5 * MINUTE);
    await job.cancel();
    expect(await job.ended(MINUTE)).toMatchObject({ status: 'completed' });
    expect((await job.progress()).cancel.phase).toBe('too-late');
  });

  test('refused three times over 2 min: reported, tracking goes on, and a new request is sent again', async () => {
    const job = await underWay('cancel-refused', { steps: 40 });
    expect(await job.cancel()).toMatchObject({ phase: 'requested', error: expect.stringContaining('Cancel refused') });
    await rig.pass(5 * MINUTE);
    expect(await job.progress()).toMatchObject({ outcome: null, cancel: { phase: 'refused', attempts: 3 } });
    expect(await job.cancel({ reason: 'please' })).toMatchObject({ phase: 'requested', reason: 'please' });
    expect(await cancelsOf(job)).toBe(4);
    expect(await job.ended(HOUR)).toMatchObject({ status: 'completed' });
  });

  test('401 only for the cancel: it stays requested with its error, and is sent again every 60 s', async () => {
    const job = await underWay('cancel-refused', { status: 401, steps: 20 });
    expect(await job.cancel()).toMatchObject({ phase: 'requested', error: expect.stringContaining('Cancel refused') });
    await rig.pass(5 * MINUTE + 30_000);
    expect(await cancelsOf(job)).toBe(6);
    expect(await job.progress()).toMatchObject({ cancel: { phase: 'requested' }, health: { status: 'ok' } });
    expect(await job.ended(HOUR)).toMatchObject({ status: 'completed' });
  });

  test('a draft that cannot be cancelled yet: the cancel is sent again until it works', async () => {
    const job = await underWay('cancel-draft', { confirmSteps });
    await job.signal(wire.signals.cancel);
    expect(await job.ended(HOUR)).toMatchObject({ status: 'cancelled', by: 'request', confirmed: true });
  });

  test('never confirmed: sent again at 10 and 30 min, refused after 60 min, tracking goes on', async () => {
    const job = await underWay('cancel-ignored');
    await job.cancel();
    await rig.pass(59 * MINUTE);
    expect((await job.progress()).cancel).toMatchObject({ phase: 'accepted', attempts: 3 });
    await rig.pass(2 * MINUTE);
    const { cancel, outcome } = await job.progress();
    expect(cancel).toMatchObject({ phase: 'refused', error: expect.stringContaining('never confirmed') });
    expect(outcome).toBeNull();
    await job.drop();
  });

  test('an accepted cancel of a job that disappears: cancelled, but not confirmed', async () => {
    const job = await underWay('cancel-ignored');
    await job.cancel();
    await rig.spoil(job, { route: 'status', preset: 'error-body', params: { status: 404, message: 'Job not found' } });
    expect(await job.ended(HOUR)).toMatchObject({ status: 'cancelled', by: 'request', confirmed: false });
  });
});

describe('I4: a service that is down for cancels gets it as soon as it is up; polls go on in the meantime', () => {
  test.each([
    ['503', 8],
    ['429', 2],
    ['reset', 2],
    ['cdn', 3],
  ])('%s for %i calls', async (by, calls) => {
    const job = await waiting('cancel-down', { by, calls, confirmSteps });
    await job.signal(wire.signals.cancel);
    const { cancel } = await job.until((progress) => progress.cancel.error !== null);
    expect(cancel).toMatchObject({ phase: 'requested' });
    expect(await job.ended(2 * HOUR)).toMatchObject({ status: 'cancelled', by: 'request', confirmed: true });
    expect((await job.progress()).cancel).toMatchObject({ phase: 'confirmed', attempts: calls + 1 });
  });

  test('a job that ends in the meantime has its own outcome', async () => {
    const ask = { scenario: 'cancel-down', params: { stepMs, calls: 1_000, steps: 20 } };
    const job = await rig.follow('deepwriter', ask);
    await job.until(({ polls }) => polls === 1);
    await job.signal(wire.signals.cancel);
    expect(await job.ended(2 * HOUR)).toMatchObject({ status: 'completed' });
    expect((await job.progress()).cancel.phase).toBe('too-late');
  });
});
