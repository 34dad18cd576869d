import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  eventsOf,
  type Followed,
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

async function requestTimes(job: Followed): Promise<number[]> {
  const requests = await rig.deepwriter.control.requests({ jobId: job.jobId, route: 'status' });
  return requests.map(({ atMs }) => atMs);
}

const gapsOf = (times: readonly number[]): number[] => times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
const everyTen = { polling: { mode: 'fixed', intervalMs: 10_000 } } as const;

/** An hour of plain 503, then 23 hours of 503 with a Retry-After of 15 min: a poll each minute for a day would only take time. */
async function dayLongOutage(job: Followed): Promise<number> {
  const fromMs = await rig.now();
  const hourMs = fromMs + HOUR;
  await rig.spoil(job, { route: 'status', preset: 'server-error', params: { status: 503 }, untilMs: hourMs });
  const params = { status: 503, seconds: 900 };
  await rig.spoil(job, { route: 'status', preset: 'retry-after-seconds', params, untilMs: fromMs + 24 * HOUR });
  return fromMs;
}

test('I5: tracking survives an outage of 24 h: degraded since its start, reported once, with the true outcome at the end', async () => {
  const ask = { scenario: 'long', params: { steps: 25 * 60, stepMs: MINUTE } };
  const job = await rig.follow('deepwriter', ask, { limits: { totalMs: '7d', stalledMs: null } });
  await rig.pass(10 * MINUTE);
  const events = await eventsOf(rig, job.workflowId);
  const fromMs = await dayLongOutage(job);
  await rig.pass(23 * HOUR);
  const { health, state, polls } = await job.progress();
  expect(state).toBe('running');
  expect(health).toMatchObject({ status: 'degraded', error: expect.stringContaining('503') });
  expect(Math.abs(Date.parse(health.since ?? '') - fromMs)).toBeLessThan(60 * SECOND + LATE_MS);
  const inFirstHour = (atMs: number): boolean => atMs > fromMs + 10 * MINUTE && atMs < fromMs + HOUR;
  const times = await requestTimes(job);
  const tries = gapsOf(times.filter(inFirstHour));
  expect(Math.max(...tries)).toBeLessThan(60 * SECOND + LATE_MS);
  expect(Math.min(...tries)).toBeGreaterThanOrEqual(48 * SECOND);
  // Between polls the heartbeat details of the BENIGN failure carry the count. The details of each failure reached the next attempt.
  expect(polls).toBe(times.length);
  expect((await eventsOf(rig, job.workflowId)) - events).toBeLessThan(20); // I1: a day of failed polls is one change
  expect(await job.ended(3 * HOUR)).toMatchObject({ status: 'completed' });
  const notes = (await job.timeline()).map(({ note }) => note?.split(':')[0]);
  expect(notes).toEqual([undefined, 'health degraded', 'health ok', 'outcome completed']);
});

test('I7: Retry-After is obeyed to the second, and the progress says when the next poll is', async () => {
  const job = await rig.follow('deepwriter', { scenario: 'long', params: { steps: 10, stepMs: MINUTE } }, everyTen);
  await job.until(({ polls }) => polls === 1);
  const params = { seconds: 120 };
  await rig.spoil(job, { route: 'status', preset: 'retry-after-seconds', params, times: 1 });
  await rig.pass(30 * SECOND);
  const { nextPollAt, lastPollAt, health } = await job.progress();
  expect(health.status).toBe('ok'); // a single 429 is no trouble
  expect(Date.parse(nextPollAt ?? '') - Date.parse(lastPollAt ?? '')).toBeGreaterThanOrEqual(120_000);
  await rig.pass(120 * SECOND);
  const waited = Math.max(...gapsOf(await requestTimes(job)));
  expect(waited).toBeGreaterThanOrEqual(120_000);
  expect(waited).toBeLessThan(120_000 + LATE_MS);
  expect(await job.ended(HOUR)).toMatchObject({ status: 'completed' });
});

test('a third 429 in a row is reported as degraded, and the next good answer as ok', async () => {
  const job = await rig.follow('deepwriter', { scenario: 'long', params: { steps: 10, stepMs: MINUTE } }, everyTen);
  await job.until(({ polls }) => polls === 1);
  await rig.spoil(job, { route: 'status', preset: 'retry-after-seconds', params: { seconds: 30 }, times: 4 });
  await rig.pass(85 * SECOND);
  expect((await job.progress()).health).toMatchObject({ status: 'degraded', error: expect.stringContaining('429') });
  await rig.pass(2 * MINUTE);
  expect((await job.progress()).health.status).toBe('ok');
  expect(await job.ended(HOUR)).toMatchObject({ status: 'completed' });
});

test('a page of the CDN is no refused credential: the intervals double from 10 s to 5 min', async () => {
  const job = await rig.follow('deepwriter', { scenario: 'long', params: { steps: 32, stepMs: MINUTE } }, everyTen);
  await job.until(({ polls }) => polls === 1);
  const fromMs = await rig.now();
  await rig.spoil(job, { route: 'status', preset: 'cdn-page', forMs: 30 * MINUTE });
  await rig.pass(25 * MINUTE);
  expect((await job.progress()).health).toMatchObject({ status: 'degraded' });
  const gaps = gapsOf((await requestTimes(job)).filter((atMs) => atMs >= fromMs));
  for (const [index, wantedMs] of [10, 20, 40, 80, 160, 300, 300].map((s) => s * SECOND).entries()) {
    const gapMs = gaps[index] ?? 0;
    expect(gapMs, `gap ${index}`).toBeGreaterThanOrEqual(wantedMs - 1_500);
    expect(gapMs, `gap ${index}`).toBeLessThan(wantedMs + LATE_MS);
  }
  expect(await job.ended(HOUR)).toMatchObject({ status: 'completed' });
});

describe('a job never seen whose credential is refused', () => {
  test('is reported at once, and ends unauthorized after three refusals over at least 10 min', async () => {
    const job = await rig.follow('docswrite', 'other-users-job');
    const told = await job.until(({ health }) => health.status === 'degraded');
    expect(told.health.error).toContain('Access denied');
    await rig.pass(9 * MINUTE + 30 * SECOND);
    expect((await job.progress()).outcome).toBeNull();
    const outcome = await job.ended(3 * MINUTE);
    expect(outcome).toMatchObject({ status: 'unauthorized', reason: expect.stringContaining('Access denied') });
    expect(outcome.trackedForMs).toBeGreaterThanOrEqual(10 * MINUTE);
    expect(outcome.trackedForMs).toBeLessThan(11 * MINUTE + 2 * LATE_MS);
  });

  test('but is tracked to its end if the credential is repaired in time', async () => {
    const job = await rig.create('deepwriter', { scenario: 'success', params: { stepMs: MINUTE } });
    await rig.spoil(job, {
      preset: 'error-body',
      params: { status: 401, message: 'Invalid API key' },
      forMs: 8 * MINUTE,
    });
    await rig.tracker.track(job);
    expect(await rig.followed(job).ended(HOUR)).toMatchObject({ status: 'completed' });
  });
});

test('I5: a refused credential never ends a job seen before: credentials are replaced from time to time', async () => {
  const job = await rig.follow('deepwriter', { scenario: 'long', params: { steps: 120, stepMs: MINUTE } });
  await job.until(({ polls }) => polls === 1);
  await rig.spoil(job, { preset: 'error-body', params: { status: 403, message: 'Forbidden' }, forMs: 100 * MINUTE });
  await rig.pass(95 * MINUTE);
  expect(await job.progress()).toMatchObject({
    outcome: null,
    health: { status: 'degraded', error: expect.stringContaining('Forbidden') },
  });
  expect(await job.ended(HOUR)).toMatchObject({ status: 'completed' });
});

test('a job never seen that is rejected ends as rejected after three answers over at least 2 min', async () => {
  const job = await rig.follow('docswrite', { scenario: 'wrong-queue', params: { status: 400 } });
  const outcome = await job.ended(10 * MINUTE);
  expect(outcome).toMatchObject({ status: 'rejected' });
  expect(outcome.trackedForMs).toBeGreaterThanOrEqual(2 * MINUTE);
  expect(outcome.trackedForMs).toBeLessThan(3 * MINUTE + 2 * LATE_MS);
});

// The end of this job (no worker takes the activity within 5 min, twice) is not played here: the time-skipping server does not skip
// time while an activity waits for a worker. The tests of the core have this case.
test('an account that the planning worker does not know is reported at once: another worker may have it', async () => {
  const { jobId } = await rig.create('deepwriter', 'success');
  const job = rig.followed({ provider: 'deepwriter', jobId, account: 'elsewhere' });
  await rig.tracker.track({ provider: 'deepwriter', jobId, account: 'elsewhere' });
  const { health, outcome } = await job.until((progress) => progress.health.status === 'degraded');
  expect(health.error).toContain('no account elsewhere here');
  expect(outcome).toBeNull();
  await job.drop();
});
