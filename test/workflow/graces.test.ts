import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOUR, LATE_MS, MINUTE, SECOND, startWorkflowRig, type WorkflowRig } from '../support/workflow-rig.ts';

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startWorkflowRig();
});
afterAll(() => rig?.close());

const stepMs = MINUTE;
const everySecond = { polling: { mode: 'fixed', intervalMs: 1_000 } } as const;

/** @returns the time of each status request, in ms since the job was created */
async function pollTimes(job: { jobId: string; truth: () => Promise<{ createdAtMs: number }> }): Promise<number[]> {
  const { createdAtMs } = await job.truth();
  const requests = [
    ...(await rig.docswrite.control.requests({ jobId: job.jobId, route: 'status' })),
    ...(await rig.deepwriter.control.requests({ jobId: job.jobId, route: 'status' })),
  ];
  return requests.map(({ atMs }) => atMs - createdAtMs);
}

test('I5: a failure that the service retries is no end; progress may fall, and the last error stays visible', async () => {
  const job = await rig.follow('deepwriter', { scenario: 'retry', params: { stepMs } });
  const seen = await job.ended(HOUR);
  expect(seen).toMatchObject({ status: 'completed' });
  const timeline = await job.timeline();
  const states = timeline.map(({ state }) => state);
  expect(states).toEqual(['queued', 'running', 'queued', 'running', 'completed']);
  expect(timeline[2]).toMatchObject({ progress: 0, note: expect.stringContaining('The model stopped answering') });
});

test.each(['docswrite', 'deepwriter'] as const)(
  'a job that %s retries by itself after a pause completes',
  async (service) => {
    const scenario = service === 'docswrite' ? 'retry-backoff' : 'retry';
    const job = await rig.follow(service, { scenario, params: { stepMs } });
    expect(await job.ended(2 * HOUR)).toMatchObject({ status: 'completed' });
  },
);

test('a moderated job is polled once more after 60 s, and ends only then', async () => {
  const job = await rig.follow('deepwriter', { scenario: 'moderated', params: { stepMs: 10 * SECOND } }, everySecond);
  await rig.pass(45 * SECOND);
  expect(await job.progress()).toMatchObject({
    state: 'moderated',
    outcome: null,
    message: 'stopped by moderation; polled once more before that counts',
  });
  expect(await job.ended(2 * MINUTE)).toMatchObject({ status: 'moderated' });
  const [last, before] = (await pollTimes(job)).toReversed();
  expect((last ?? 0) - (before ?? 0)).toBeGreaterThanOrEqual(60_000);
  expect((last ?? 0) - (before ?? 0)).toBeLessThan(60_000 + LATE_MS);
  // One poll, not two: the timer of the claim must not interrupt the poll that begins at the same time.
  const { events } = await rig.client.workflow.getHandle(job.workflowId).fetchHistory();
  expect(events?.filter((event) => event.timerFiredEventAttributes)).toHaveLength(2);
});

test('a job that was in review and released goes on as before', async () => {
  const params = { stepMs: 10 * SECOND, reads: 1 };
  const job = await rig.follow('deepwriter', { scenario: 'moderated-then-completed', params }, everySecond);
  expect(await job.ended(10 * MINUTE)).toMatchObject({ status: 'completed' });
  expect((await job.timeline()).map(({ state }) => state)).toEqual(['running', 'moderated', 'running', 'completed']);
});

test('a job never seen is not-found after three misses over at least 30 s, 15 s apart', async () => {
  const job = await rig.follow('deepwriter', 'not-found');
  expect(await job.ended(10 * MINUTE)).toMatchObject({ status: 'not-found', polls: 3 });
  const [first = 0, second = 0, third = 0] = await pollTimes(job);
  for (const gap of [second - first, third - second]) {
    expect(gap).toBeGreaterThanOrEqual(15_000);
    expect(gap).toBeLessThan(15_000 + LATE_MS);
  }
});

test('a job seen before is lost after three misses over at least 60 s, 30 s apart; the wait is reported', async () => {
  const job = await rig.follow('deepwriter', { scenario: 'removed', params: { stepMs: 10 * SECOND } }, everySecond);
  await rig.pass(50 * SECOND);
  expect(await job.progress()).toMatchObject({
    state: 'running',
    health: { status: 'ok' },
    message: expect.stringMatching(/^the service does not know the job .* polled again before that counts$/),
  });
  expect(await job.ended(10 * MINUTE)).toMatchObject({ status: 'lost', lastState: 'running' });
  const [last = 0, , first = 0] = (await pollTimes(job)).toReversed();
  expect(last - first).toBeGreaterThanOrEqual(60_000);
  expect(last - first).toBeLessThan(60_000 + 2 * LATE_MS);
});

test.each(['docswrite', 'deepwriter'] as const)('a job that %s shows late is tracked to its end', async (service) => {
  const job = await rig.follow(service, { scenario: 'late-visible', params: { misses: 2, stepMs } });
  expect(await job.ended(HOUR)).toMatchObject({ status: 'completed' });
});

test('only the first and the last miss are reported: the others cost no event', async () => {
  const steps = [{ http: { status: 404, json: { error: 'Job not found' } } }];
  const job = await rig.follow('deepwriter', { scenario: 'script', steps });
  await job.ended(10 * MINUTE);
  const history = await rig.client.workflow.getHandle(job.workflowId).fetchHistory();
  const scheduled = history.events?.filter((event) => event.activityTaskScheduledEventAttributes) ?? [];
  expect(scheduled).toHaveLength(2);
});

test('a half-written end is read once more, and only the complete answer is reported', async () => {
  const job = await rig.follow('docswrite', { scenario: 'torn', params: { stepMs } });
  expect(await job.ended(HOUR)).toMatchObject({ status: 'completed', link: expect.stringContaining('http') });
});

test('a half-written end that never becomes complete counts the second time', async () => {
  const job = await rig.follow('docswrite', { scenario: 'torn', params: { stepMs, whole: false } });
  expect(await job.ended(HOUR)).toMatchObject({ status: 'completed', result: null, link: null });
});

test('another job with the same id counts as a miss: the tracked job is lost, and does not get the outcome of the other', async () => {
  const job = await rig.follow('docswrite', { scenario: 'same-id-new-job', params: { stepMs } });
  expect(await job.ended(HOUR)).toMatchObject({ status: 'lost' });
});

test('a stall shows in health with its start, and recovery ends it; time in trouble is no stall', async () => {
  const steps = [
    { answer: { status: 'in_progress', progress: 10 } },
    { afterMs: 40 * MINUTE, answer: { status: 'in_progress', progress: 20 } },
    { afterMs: 50 * MINUTE, answer: { status: 'completed', progress: 100 } },
  ];
  const job = await rig.follow('deepwriter', { scenario: 'script', steps });
  const since = Date.parse((await job.until(({ polls }) => polls === 1)).lastChangeAt ?? '');
  await rig.pass(35 * MINUTE);
  const { health } = await job.progress();
  expect(health).toMatchObject({ status: 'stalled', error: expect.stringContaining('nothing has changed') });
  expect(Math.abs(Date.parse(health.since ?? '') - since - 30 * MINUTE)).toBeLessThan(LATE_MS);
  await rig.pass(8 * MINUTE);
  expect((await job.progress()).health).toEqual({ status: 'ok', since: null, error: null });
  await job.ended(HOUR);
});

test('an outage during a stall does not count for it: the job may have changed in this time', async () => {
  const job = await rig.follow('deepwriter', 'frozen');
  await job.until(({ polls }) => polls === 1);
  const fromMs = await rig.now();
  await rig.spoil(job, { preset: 'server-error', fromMs: fromMs + 5 * MINUTE, untilMs: fromMs + 25 * MINUTE });
  await rig.pass(40 * MINUTE);
  expect((await job.progress()).health.status).toBe('ok');
  await rig.pass(15 * MINUTE);
  expect((await job.progress()).health.status).toBe('stalled');
  await job.drop();
});
