import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomUUID } from 'node:crypto';
import {
  DEFAULT_LIMITS,
  type JobProgress,
  searchAttributes,
  type TimelineEntry,
  wire,
} from '../../src/contract/index.ts';
import { workflowIdOf } from '../../src/client-library/job-ids.ts';
import { tracked } from '../support/core-builders.ts';
import { closedOf, HOUR, MINUTE, SECOND, startWorkflowRig, type WorkflowRig } from '../support/workflow-rig.ts';

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startWorkflowRig();
});
afterAll(() => rig?.close());

const uuid = randomUUID();

describe('a start by name with wrong input gets a failure InvalidJob that names each field', () => {
  const cases: [input: unknown, fields: string[]][] = [
    [null, ['input']],
    ['follow it!', ['input']],
    [[{ job: 1 }], ['input']],
    [{}, ['job']],
    [{ job: 'docswrite:42' }, ['job']],
    [{ job: { provider: 'nobody', jobId: '' } }, ['job.provider', 'job.jobId']],
    [{ job: { provider: 'deepwriter', jobId: '42' } }, ['job.jobId']],
    [{ job: { provider: 'docswrite', jobId: 42 } }, ['job.jobId']],
    [{ job: { provider: 'docswrite', jobId: 'x'.repeat(201) } }, ['job.jobId']],
    [{ job: { provider: 'docswrite', jobId: '42', queueTyp: 'post' } }, ['job.queueTyp']],
    [{ job: { provider: 'docswrite', jobId: '42', account: 'Not One' } }, ['job.account']],
    [
      { job: { provider: 'docswrite', jobId: '42' }, polling: { intervalMs: 1 }, extra: 1 },
      ['polling.intervalMs', 'extra'],
    ],
    [{ job: { provider: 'docswrite', jobId: '42' }, limits: { totalMs: '2h' } }, ['limits.totalMs']],
    [{ job: { provider: 'docswrite', jobId: '42' }, labels: { team: 7 } }, ['labels.team']],
  ];
  test.each(cases)('%j', async (input, fields) => {
    const workflowId = randomUUID();
    await rig.client.workflow.start(wire.workflow, { workflowId, taskQueue: rig.taskQueue, args: [input] });
    await expect.poll(async () => (await closedOf(rig, workflowId)).status).toBe('FAILED');
    const { failure } = await closedOf(rig, workflowId);
    expect(failure).toMatchObject({ type: 'InvalidJob', nonRetryable: true });
    for (const field of fields) expect(failure?.message).toContain(`${field} `);
    const progress = await rig.client.workflow.getHandle(workflowId).query<JobProgress>(wire.queries.progress);
    expect(progress).toMatchObject({ state: 'pending', outcome: null, nextPollAt: null, message: failure?.message });
  });
});

test.each<[string, unknown]>([
  ['null', null],
  ['an empty object', {}],
  ['a forged track that has ended', { rules: 1, plan: null, outcome: { status: 'completed' } }],
])('a second argument of a caller is ignored: %s', async (_, second) => {
  const ref = await rig.create('deepwriter', { scenario: 'success', params: { stepMs: MINUTE } });
  const workflowId = workflowIdOf(ref);
  const args = [{ job: ref }, second];
  await rig.client.workflow.start(wire.workflow, { workflowId, taskQueue: rig.taskQueue, args });
  const job = rig.followed(ref);
  await job.until(({ polls }) => polls > 0);
  expect(await job.ended(HOUR)).toMatchObject({ status: 'completed', job: ref });
});

test('a track that was copied from a real run is ignored too, also with a retry policy or a schedule', async () => {
  const ref = await rig.create('deepwriter', { scenario: 'frozen' });
  const forged = {
    ...tracked(),
    plan: { ...tracked().request.plan, holdMs: 0, continueAfterEvents: 1 },
    pollDueAtMs: 0,
  };
  const start = { taskQueue: rig.taskQueue, args: [{ job: ref }, forged], retry: { maximumAttempts: 5 } };
  const handle = await rig.client.workflow.start(wire.workflow, { workflowId: workflowIdOf(ref), ...start });
  const job = rig.followed(ref);
  await job.until(({ polls }) => polls > 0);
  expect((await handle.describe()).runId).toBe(handle.firstExecutionRunId);
  await job.drop();
});

describe('a job whose provider no worker knows ends at a cancel request, and says that no worker can cancel it', () => {
  const ways: [string, (workflowId: string) => Promise<unknown>, closes: string][] = [
    ['by the signal', (id) => rig.client.workflow.getHandle(id).signal(wire.signals.cancel), 'COMPLETED'],
    ['by the update', (id) => rig.tracker.get(id).cancel(), 'COMPLETED'],
    ["by Temporal's own cancel", (id) => rig.client.workflow.getHandle(id).cancel(), 'CANCELLED'],
  ];
  test.each(ways)('%s', async (_, ask, closes) => {
    const workflowId = randomUUID();
    const args = [{ job: { provider: 'printshop', jobId: '1' } }];
    await rig.client.workflow.start(wire.workflow, { workflowId, taskQueue: rig.taskQueue, args });
    const job = rig.tracker.get(workflowId);
    await expect.poll(async () => (await job.progress()).health.status).toBe('degraded');
    await ask(workflowId);
    await expect.poll(async () => (await closedOf(rig, workflowId)).status).toBe(closes);
    const { outcome, cancel } = await job.progress();
    expect(outcome).toMatchObject({ status: 'abandoned', why: 'cancel-unsupported', polls: 0 });
    expect(outcome?.trackedForMs).toBeLessThan(10 * MINUTE);
    expect(cancel).toMatchObject({ phase: 'unsupported', error: 'job.provider must be one of docswrite, deepwriter' });
  });
});

test('a refused update of limits, and an unknown update, change nothing and fail for the caller', async () => {
  const job = await rig.follow('deepwriter', 'frozen');
  const handle = rig.client.workflow.getHandle(job.workflowId);
  const failureOf = (name: string, args: [unknown]) =>
    handle.executeUpdate<unknown, [unknown]>(name, { args }).then(
      () => null,
      (error: Error) => error.cause,
    );
  expect(await failureOf(wire.updates.setLimits, [{ '\ud800': 1 }])).toMatchObject({
    type: 'InvalidLimits',
    message: 'limits.\ufffd is not known',
  });
  expect(await failureOf('restart', [1])).toMatchObject({
    type: 'UnknownUpdate',
    message: 'there is no update restart; there are requestCancel, setLimits',
  });
  expect((await job.progress()).limits).toEqual(DEFAULT_LIMITS);
  await job.drop();
});

test('queries are answered before the plan and after the end, with the same fields', async () => {
  const job = await rig.create('docswrite', { scenario: 'success', params: { stepMs: MINUTE } });
  const { workflowId } = await rig.tracker.track(job, { labels: { team: 'books' } });
  const handle = rig.client.workflow.getHandle(workflowId);
  const before = await handle.query<JobProgress>(wire.queries.progress);
  expect(before).toMatchObject({ job, labels: { team: 'books' }, limits: DEFAULT_LIMITS, outcome: null });
  await rig.followed(job).ended(HOUR);
  const after = await handle.query<JobProgress>(wire.queries.progress);
  expect(after).toMatchObject({
    state: 'completed',
    progress: 100,
    outcome: { status: 'completed' },
    nextPollAt: null,
  });
  expect(Object.keys(after)).toEqual(Object.keys(before));
  expect(after.version).toBeGreaterThan(before.version);
  const timeline = await handle.query<TimelineEntry[]>(wire.queries.timeline);
  expect(timeline.at(-1)).toMatchObject({ state: 'completed', note: expect.stringContaining('outcome completed') });
});

test('the timeline has states, trouble, recovery, cancel and end', async () => {
  const ask = { scenario: 'cancel-confirmed', params: { stepMs: MINUTE, confirmSteps: 0.5 } };
  const job = await rig.follow('deepwriter', ask);
  await job.until(({ polls }) => polls === 1);
  await rig.spoil(job, { route: 'status', preset: 'server-error', params: { status: 502 }, forMs: 5 * MINUTE });
  await rig.pass(10 * MINUTE);
  await job.signal(wire.signals.cancel, { reason: 'no longer wanted' });
  await job.ended(10 * MINUTE);
  const timeline = await job.timeline();
  expect(timeline.map(({ state, note }) => `${state}: ${note ?? ''}`)).toEqual([
    'running: ',
    expect.stringMatching(/^running: health degraded: .*502/),
    'running: health ok',
    'running: cancel requested',
    'running: cancel accepted',
    'cancelled: cancel confirmed; outcome cancelled',
  ]);
  const times = timeline.map(({ at }) => at);
  expect(times).toEqual(times.toSorted());
});

test('the timeline keeps the last 50 changes', async () => {
  const steps = Array.from({ length: 54 }, (_, n) => ({
    afterPolls: n,
    answer: { status: n % 2 === 0 ? 'queued' : 'in_progress', progress: n },
  }));
  const done = { afterPolls: 54, answer: { status: 'completed', progress: 100 } };
  const job = await rig.follow('deepwriter', { scenario: 'script', steps: [...steps, done] });
  await job.ended(2 * HOUR);
  const timeline = await job.timeline();
  expect(timeline).toHaveLength(50);
  expect(timeline.at(-1)).toMatchObject({ state: 'completed' });
});

describe('refresh', () => {
  test('polls now, and coalesces to one poll per shortest interval', async () => {
    const polling = { mode: 'fixed', intervalMs: '1h', minIntervalMs: '60s' } as const;
    const job = await rig.follow('deepwriter', 'frozen', { polling });
    await job.until(({ polls }) => polls === 1);
    await job.refresh();
    await job.until(({ polls }) => polls === 2);
    for (let n = 0; n < 5; n++) await job.refresh();
    await rig.pass(30 * SECOND);
    expect((await job.truth()).polls).toBe(2);
    await rig.pass(40 * SECOND);
    expect((await job.truth()).polls).toBe(3);
    await rig.pass(30 * MINUTE);
    expect((await job.truth()).polls).toBe(3);
    await job.drop();
  });

  test('with any payload does no harm, nor does an unknown signal', async () => {
    const job = await rig.follow('deepwriter', 'frozen', { polling: { mode: 'fixed', intervalMs: '1h' } });
    await job.until(({ polls }) => polls === 1);
    await job.signal(wire.signals.refresh, { nonsense: [1] }, 'more');
    await job.signal('dance', 1);
    await expect.poll(async () => (await job.truth()).polls).toBe(2);
    expect(await job.progress()).toMatchObject({ state: 'running', health: { status: 'ok' } });
    await job.drop();
  });
});

test('search attributes are written only on a change, with progress in steps of ten', async () => {
  const steps = [
    { answer: { status: 'queued', progress: 0 } },
    ...[3, 7, 14, 19, 25].map((progress, n) => ({ afterPolls: n + 1, answer: { status: 'in_progress', progress } })),
    { afterPolls: 20, answer: { status: 'completed', progress: 100 } },
  ];
  const labels = { team: 'books', cost: 'a=b' };
  const job = await rig.follow('deepwriter', { scenario: 'script', steps }, { labels });
  await job.until(({ progress }) => progress === 0);
  const attribute = async (): Promise<Record<string, unknown>> => {
    const { typedSearchAttributes } = await rig.client.workflow.getHandle(job.workflowId).describe();
    const entries = Object.entries(searchAttributes).map(([name, key]) => [name, typedSearchAttributes.get(key)]);
    return Object.fromEntries(entries);
  };
  expect(await attribute()).toEqual({
    provider: 'deepwriter',
    account: 'default',
    externalId: job.jobId,
    state: 'queued',
    health: 'ok',
    labels: ['team=books', 'cost=a=b'],
    progress: 0,
  });
  await rig.pass(MINUTE);
  expect(await attribute()).toMatchObject({ state: 'running', progress: 20 });
  await job.ended(2 * HOUR);
  expect(await attribute()).toMatchObject({ state: 'completed', health: 'ok', progress: 100 });
  const { events } = await rig.client.workflow.getHandle(job.workflowId).fetchHistory();
  const upserts = events?.filter((event) => event.upsertWorkflowSearchAttributesEventAttributes) ?? [];
  // The job, queued, 3 (7 is in the same ten), 14 (19 is in the same ten), 25, completed.
  expect(upserts).toHaveLength(6);
});

test('a worker without search attributes makes a plan that writes none', async () => {
  const quiet = await startWorkflowRig({ config: { searchAttributes: false } });
  try {
    const job = await quiet.follow('deepwriter', { scenario: 'success', params: { stepMs: SECOND } });
    await job.ended(HOUR);
    const { events } = await quiet.client.workflow.getHandle(job.workflowId).fetchHistory();
    expect(events?.filter((event) => event.upsertWorkflowSearchAttributesEventAttributes)).toEqual([]);
  } finally {
    await quiet.close();
  }
});

test('ids are normalised before anything else: one job has one workflow and one name', async () => {
  const upper = { provider: 'deepwriter', jobId: uuid.toUpperCase() };
  const job = await rig.tracker.track(upper);
  expect(job.workflowId).toBe(`job:deepwriter:default:${uuid}`);
  expect((await job.progress()).job.jobId).toBe(uuid);
  await rig.followed({ provider: 'deepwriter', jobId: uuid }).drop();
});
