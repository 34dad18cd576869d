import type { WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InvalidJobError, type LimitOptions } from '../../src/client.ts';
import { DEFAULT_LIMITS, type Limits, wire } from '../../src/contract/index.ts';
import {
  closedOf,
  HOUR,
  LATE_MS,
  MINUTE,
  SECOND,
  startWorkflowRig,
  type WorkflowRig,
} from '../support/workflow-rig.ts';

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startWorkflowRig();
});
afterAll(() => rig?.close());

const polling = { mode: 'fixed', intervalMs: '45s' } as const;
const queued = { answer: { status: 'queued', progress: 0 } };
const running = { answer: { status: 'in_progress', progress: 10 } };
const completed = { answer: { status: 'completed', progress: 100 } };

describe('a limit that stops ends tracking as timed-out after one more poll, within the same minute', () => {
  test.each([
    ['totalMs', [queued], 10],
    ['queuedMs', [queued], 10],
    ['runningMs', [queued, { ...running, afterMs: 5 * MINUTE }], 15],
  ] as const)('%s', async (limit, steps, endsAfterMin) => {
    const ask = { scenario: 'script', steps: [...steps] };
    const job = await rig.follow('deepwriter', ask, { polling, limits: { [limit]: '10m' } });
    const outcome = await job.ended(HOUR);
    expect(outcome).toMatchObject({ status: 'timed-out', limit });
    expect(Math.abs(outcome.trackedForMs - endsAfterMin * MINUTE)).toBeLessThan(MINUTE);
    expect(await closedOf(rig, job.workflowId)).toMatchObject({ status: 'FAILED', failure: { type: 'JobTimedOut' } });
  });

  test('I6: but a job that has ended in the meantime has its own outcome: the poll after the limit decides', async () => {
    const steps = [running, { ...completed, afterMs: 9 * MINUTE + 50 * SECOND }];
    const options = { polling: { mode: 'fixed', intervalMs: '1h' }, limits: { totalMs: '10m' } } as const;
    const job = await rig.follow('deepwriter', { scenario: 'script', steps }, options);
    expect(await job.ended(2 * HOUR)).toMatchObject({ status: 'completed', polls: 2 });
  });

  test('and a service that is down when it passes delays the end by at most 60 s', async () => {
    const job = await rig.follow('deepwriter', 'frozen', { polling, limits: { runningMs: '10m' } });
    await job.until(({ polls }) => polls === 1);
    await rig.spoil(job, { route: 'status', preset: 'server-error' });
    const outcome = await job.ended(HOUR);
    expect(outcome).toMatchObject({ status: 'timed-out', limit: 'runningMs' });
    expect(outcome.trackedForMs).toBeLessThan(11 * MINUTE + LATE_MS);
    expect(outcome.trackedForMs).toBeGreaterThan(10 * MINUTE + 50 * SECOND);
  });
});

describe('a limit that alerts shows overdue, and the job is tracked to its end', () => {
  test.each(['totalMs', 'queuedMs'] as const)('%s', async (limit) => {
    const steps = [queued, { ...running, afterMs: 20 * MINUTE }, { ...completed, afterMs: 30 * MINUTE }];
    const limits: LimitOptions = { [limit]: '10m', onLimit: 'alert' };
    const job = await rig.follow('deepwriter', { scenario: 'script', steps }, { polling, limits });
    await rig.pass(15 * MINUTE);
    expect((await job.progress()).health).toMatchObject({ status: 'overdue', error: `${limit} has passed` });
    await rig.pass(8 * MINUTE);
    expect((await job.progress()).health.status).toBe(limit === 'totalMs' ? 'overdue' : 'ok');
    expect(await job.ended(HOUR)).toMatchObject({ status: 'completed' });
  });
});

describe('a limit that cancels', () => {
  const limits: LimitOptions = { runningMs: '10m', onLimit: 'cancel' };

  test('sends the cancel, and ends the job as timed-out by that limit', async () => {
    const job = await rig.follow(
      'deepwriter',
      { scenario: 'cancel-confirmed', params: { stepMs: MINUTE } },
      { polling, limits },
    );
    expect(await job.ended(HOUR)).toMatchObject({ status: 'timed-out', limit: 'runningMs' });
    expect(await job.truth()).toMatchObject({ status: 'cancelled', cancels: 1 });
    const { cancel } = await job.progress();
    expect(cancel).toMatchObject({ phase: 'confirmed', reason: 'runningMs has passed', by: null });
  });

  test('ends a job of a service without cancel as timed-out too', async () => {
    const params = { stepMs: HOUR };
    const job = await rig.follow('docswrite', { scenario: 'long', params }, { polling, limits });
    const outcome = await job.ended(HOUR);
    expect(outcome).toMatchObject({ status: 'timed-out', limit: 'runningMs' });
    expect(outcome.trackedForMs).toBeLessThan(11 * MINUTE);
  });

  test('that is refused shows overdue, and tracking goes on to the true outcome', async () => {
    const ask = { scenario: 'cancel-refused', params: { steps: 40, stepMs: MINUTE } };
    const job = await rig.follow('deepwriter', ask, { polling, limits });
    await rig.pass(20 * MINUTE);
    const { health, cancel } = await job.progress();
    expect(health).toMatchObject({ status: 'overdue', error: expect.stringContaining('refuses the cancel') });
    expect(cancel.phase).toBe('refused');
    expect(await job.ended(HOUR)).toMatchObject({ status: 'completed' });
  });

  test('that is not confirmed for 1 h ends timed-out', async () => {
    const job = await rig.follow('deepwriter', 'cancel-ignored', { polling, limits });
    const outcome = await job.ended(3 * HOUR);
    expect(outcome).toMatchObject({ status: 'timed-out', limit: 'runningMs' });
    expect(Math.abs(outcome.trackedForMs - 70 * MINUTE)).toBeLessThan(2 * MINUTE);
  });
});

describe('an unknown word', () => {
  test('shows stalled, with the word, and is ok again after a known word', async () => {
    const steps = [
      running,
      { answer: { status: 'finito', progress: 10 }, afterMs: 5 * MINUTE },
      { ...running, afterMs: 2 * HOUR },
      { ...completed, afterMs: 3 * HOUR },
    ];
    const job = await rig.follow('deepwriter', { scenario: 'script', steps }, { polling });
    const shown = async (): Promise<unknown> => {
      const { searchAttributes } = await rig.client.workflow.getHandle(job.workflowId).describe();
      return searchAttributes['JobHealth'];
    };
    await rig.pass(20 * MINUTE);
    const fresh = await job.progress();
    expect(fresh).toMatchObject({ state: 'unknown', providerState: 'finito', health: { status: 'ok' } });
    await rig.pass(40 * MINUTE);
    const { health } = await job.progress();
    expect(health).toMatchObject({ status: 'stalled', error: expect.stringContaining('"finito"') });
    expect(await shown()).toEqual(['stalled']);
    await rig.pass(65 * MINUTE);
    expect(await job.progress()).toMatchObject({ state: 'running', health: { status: 'ok' } });
    expect(await shown()).toEqual(['ok']);
    expect(await job.ended(2 * HOUR)).toMatchObject({ status: 'completed' });
  });
});

describe('setLimits', () => {
  test('longer, shorter and removed: the nearest limit is kept', async () => {
    const job = await rig.follow('deepwriter', 'frozen', { polling, limits: { totalMs: '10m' } });
    await job.until(({ polls }) => polls === 1);
    expect(await job.setLimits({ totalMs: '30m' })).toMatchObject({ totalMs: 30 * MINUTE, onLimit: 'stop' });
    await rig.pass(15 * MINUTE);
    expect((await job.progress()).outcome).toBeNull();
    await job.setLimits({ totalMs: null });
    await rig.pass(30 * MINUTE);
    expect(await job.progress()).toMatchObject({ outcome: null, limits: { totalMs: null } });
    await job.setLimits({ totalMs: '50m' });
    const outcome = await job.ended(HOUR);
    expect(outcome).toMatchObject({ status: 'timed-out', limit: 'totalMs' });
    expect(Math.abs(outcome.trackedForMs - 50 * MINUTE)).toBeLessThan(MINUTE);
  });

  test('a limit that has passed already ends the job now', async () => {
    const job = await rig.follow('deepwriter', 'frozen', { polling });
    await rig.pass(20 * MINUTE);
    await job.setLimits({ totalMs: '5m' });
    const outcome = await job.ended(MINUTE);
    expect(outcome).toMatchObject({ status: 'timed-out', limit: 'totalMs' });
    expect(outcome.trackedForMs).toBeLessThan(21 * MINUTE);
  });

  test('wrong values are refused with each field, and change nothing; client and workflow give the same problems', async () => {
    const job = await rig.follow('deepwriter', 'frozen', { polling });
    await job.until(({ polls }) => polls === 1);
    const handle = rig.client.workflow.getHandle(job.workflowId);
    for (const [sent, field] of nonsense) {
      const update = handle.executeUpdate<Limits, [unknown]>(wire.updates.setLimits, { args: [sent] });
      const { cause } = await update.then(
        () => expect.unreachable(),
        (error: WorkflowUpdateFailedError) => error,
      );
      expect(cause).toMatchObject({ type: 'InvalidLimits', message: expect.stringContaining(`${field} `) });
      const refused = job.setLimits(sent as LimitOptions);
      await expect(refused).rejects.toMatchObject({ name: InvalidJobError.name, message: cause?.message });
    }
    expect((await job.progress()).limits).toEqual(DEFAULT_LIMITS);
    await job.drop();
  });
});

const nonsense: [sent: unknown, field: string][] = [
  [{ totalMs: 0 }, 'limits.totalMs'],
  [{ queuedMs: -1 }, 'limits.queuedMs'],
  [{ runningMs: 1.5 }, 'limits.runningMs'],
  [{ stalledMs: 400 * 24 * HOUR }, 'limits.stalledMs'],
  [{ onLimit: 'explode' }, 'limits.onLimit'],
  [{ patience: 1 }, 'limits.patience'],
  ['soon', 'limits'],
  [5, 'limits'],
  [[1], 'limits'],
];
