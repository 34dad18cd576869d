import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  DEEPWRITER_API_KEY,
  DEEPWRITER_JWT,
  DOCSWRITE_ORG_KEY,
  DOCSWRITE_SITE_TOKEN,
  OTHER_DEEPWRITER_API_KEY,
  OTHER_DOCSWRITE_ORG_KEY,
  OTHER_DOCSWRITE_SITE_TOKEN,
  startSimulator,
  type Simulator,
} from '../../../src/simulators/simulator.ts';
import { ask, askCancel, readStatus } from './play.ts';

const NOW = Date.UTC(2026, 0, 15, 12);
let simulator: Simulator;
const kinds = async (): Promise<string[]> => (await simulator.control.violations()).map(({ kind }) => kind);
afterEach(() => simulator.close());

describe('Docswrite', () => {
  beforeEach(async () => {
    simulator = await startSimulator({ service: 'docswrite', now: () => NOW });
  });
  const read = (body: unknown, headers: Record<string, string>, path = '/api/job/status') =>
    ask(simulator.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const site = { 'x-access-token': DOCSWRITE_SITE_TOKEN };
  const org = { authorization: `Bearer ${DOCSWRITE_ORG_KEY}` };

  test('a job is wrapped, has a number as its id, and an omitted queue is post', async () => {
    const job = await simulator.control.createJob({ scenario: 'success' });
    expect(job).toMatchObject({
      jobId: '1',
      queueType: 'post',
      credential: { token: DOCSWRITE_SITE_TOKEN, style: 'x-access-token' },
    });
    const answer = await read({ jobId: '1' }, site);
    expect(answer.json).toEqual({ success: true, data: { id: '1', state: 'waiting', progress: 0, timestamp: NOW } });
    expect(await kinds()).toEqual([]);
  });

  test('an organisation key reads only the queue publish, and a site token only the queue post', async () => {
    const job = await simulator.control.createJob({ scenario: 'success', queueType: 'publish' });
    expect(job.credential.token).toBe(DOCSWRITE_ORG_KEY);
    expect((await readStatus(simulator.url, job)).status).toBe(200);
    expect((await read({ jobId: job.jobId, queueType: 'publish' }, site)).status).toBe(404);
    const stranger = { authorization: `Bearer ${OTHER_DOCSWRITE_ORG_KEY}` };
    expect((await read({ jobId: job.jobId, queueType: 'publish' }, stranger)).status).toBe(403);
    expect((await read({ jobId: job.jobId, queueType: 'post' }, org)).status).toBe(404);
    await simulator.control.setSwitches({ wrongQueue: 400 });
    expect((await read({ jobId: job.jobId, queueType: 'post' }, org)).json).toEqual({
      success: false,
      error: 'Job is not in this queue',
    });
  });

  test('the same id can name two jobs, one in each queue', async () => {
    await simulator.control.createJob({ scenario: 'paused-queue', jobId: '42' });
    await simulator.control.createJob({ scenario: 'not-found', jobId: '42', queueType: 'publish' });
    expect([
      (await read({ jobId: '42' }, site)).status,
      (await read({ jobId: '42', queueType: 'publish' }, org)).status,
    ]).toEqual([200, 404]);
    expect(await simulator.control.job('42', 'publish')).toMatchObject({ status: 'http 404', polls: 1 });
  });

  test.each([
    ['no credential', {}, 401, { error: true, message: 'Unauthorized' }],
    ['an unknown site token', { 'x-access-token': 'a.b.c' }, 401, { error: true, message: 'Unauthenticated' }],
    ['an unknown organisation key', { authorization: 'Bearer dw_live_nope' }, 401, { code: 'INVALID_API_KEY' }],
    ['a site token as Bearer', { authorization: `Bearer ${DOCSWRITE_SITE_TOKEN}` }, 401, { code: 'INVALID_API_KEY' }],
    [
      "another user's token",
      { 'x-access-token': OTHER_DOCSWRITE_SITE_TOKEN },
      403,
      { error: true, message: 'Access denied' },
    ],
  ])('%s is refused as the service does', async (_title, headers, status, body) => {
    const job = await simulator.control.createJob({ scenario: 'success' });
    const answer = await read({ jobId: job.jobId }, headers);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject(body);
  });

  test('a revoked, an expired and a replaced key get different answers', async () => {
    const { control } = simulator;
    const job = await control.createJob({ scenario: 'success', queueType: 'publish' });
    const codes: unknown[] = [];
    for (const status of ['revoked', 'expired', 'valid'] as const) {
      await control.setCredential({ token: DOCSWRITE_ORG_KEY, style: 'bearer', status });
      codes.push((await readStatus(simulator.url, job)).json?.['code']);
    }
    await control.setCredential({
      token: 'dw_live_NEXT',
      style: 'bearer',
      status: 'valid',
      replaces: DOCSWRITE_ORG_KEY,
    });
    codes.push((await readStatus(simulator.url, job)).json?.['code']);
    expect(codes).toEqual(['API_KEY_REVOKED', 'API_KEY_EXPIRED', undefined, 'API_KEY_REVOKED']);
    expect(
      (await readStatus(simulator.url, { ...job, credential: { token: 'dw_live_NEXT', style: 'bearer' } })).status,
    ).toBe(200);
  });

  test('a cancel path, a wrong method and any other route answer 404 as JSON, and are noted', async () => {
    const cancel = await read({ jobId: '1' }, site, '/api/job/cancel');
    const get = await ask(`${simulator.url}/api/job/status`, { headers: site });
    expect([cancel.status, get.status, cancel.json?.['error'], get.json?.['error']]).toEqual([404, 404, true, true]);
    expect(await kinds()).toEqual(['unknown-route', 'wrong-method']);
  });

  test('two credentials, a credential in the URL, an id that is no text and a wrong content type are violations', async () => {
    const two = await read({ jobId: '1' }, { ...site, ...org });
    await read({ jobId: '1' }, site, `/api/job/status?token=${DOCSWRITE_SITE_TOKEN}`);
    const number = await read({ jobId: 1 }, site);
    const form = await ask(`${simulator.url}/api/job/status`, {
      method: 'POST',
      headers: { ...site, 'content-type': 'text/plain' },
      body: '{"jobId":"1"}',
    });
    const broken = await ask(`${simulator.url}/api/job/status`, {
      method: 'POST',
      headers: { ...site, 'content-type': 'application/json' },
      body: '{',
    });
    expect([two.status, number.status, form.status, broken.status]).toEqual([401, 400, 400, 400]);
    expect(await kinds()).toEqual([
      'two-credentials',
      'credential-in-url',
      'job-id-not-text',
      'content-type',
      'body-not-json',
    ]);
    const log = JSON.stringify([await simulator.control.requests(), await simulator.control.violations()]);
    expect(log).not.toContain(DOCSWRITE_SITE_TOKEN);
    expect(log).not.toContain(DOCSWRITE_ORG_KEY);
  });
});

describe('DeepWriter', () => {
  beforeEach(async () => {
    simulator = await startSimulator({ service: 'deepwriter', now: () => NOW });
  });
  const get = (jobId: string, headers: Record<string, string>) =>
    ask(`${simulator.url}/api/getJobStatus?jobId=${jobId}`, { headers });

  test('a job is bare, has a uuid and every documented field', async () => {
    const job = await simulator.control.createJob({ scenario: 'frozen' });
    expect(job.jobId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    const { json } = await readStatus(simulator.url, job);
    const documented =
      'id user_id project_id status progress progress_stage percent_complete title is_byok reasoning_model writing_model function_model error_message is_starred created_at updated_at';
    expect(Object.keys(json ?? {}).toSorted()).toEqual(documented.split(' ').toSorted());
    expect(json).toMatchObject({ id: job.jobId, status: 'in_progress', created_at: '2026-01-15T12:00:00.000Z' });
  });

  test('the key goes in x-api-key, the JWT as Bearer, and a key as Bearer is refused and noted', async () => {
    const { jobId } = await simulator.control.createJob({ scenario: 'frozen' });
    const statuses = [(await get(jobId, { 'x-api-key': DEEPWRITER_API_KEY })).status];
    statuses.push((await get(jobId, { authorization: `Bearer ${DEEPWRITER_JWT}` })).status);
    statuses.push((await get(jobId, { authorization: `Bearer ${DEEPWRITER_API_KEY}` })).status);
    statuses.push((await get(jobId, { 'x-api-key': DEEPWRITER_JWT })).status);
    expect(statuses).toEqual([200, 200, 401, 401]);
    expect(await kinds()).toEqual(['api-key-as-bearer']);
  });

  test('another user gets 404 or 403, and a bad uuid 400, 404 or 500, by switch', async () => {
    const { control } = simulator;
    const { jobId } = await control.createJob({ scenario: 'frozen' });
    const stranger = { 'x-api-key': OTHER_DEEPWRITER_API_KEY };
    const first = [(await get(jobId, stranger)).status, (await get('nonsense', stranger)).status];
    await control.setSwitches({ otherUsersJob: 403, badUuid: 500 });
    expect([...first, (await get(jobId, stranger)).status, (await get('nonsense', stranger)).status]).toEqual([
      404, 400, 403, 500,
    ]);
  });

  test('a wrong method answers 405, an unknown route 404, both as {error}', async () => {
    const wrong = await ask(`${simulator.url}/api/getJobStatus`, { method: 'POST' });
    const unknown = await ask(`${simulator.url}/api/jobs`, {});
    expect([wrong.status, unknown.status]).toEqual([405, 404]);
    expect([wrong.json, unknown.json]).toEqual([{ error: 'Method not allowed' }, { error: 'Not found' }]);
  });

  test('a cancel gets 400 for a draft and for a finished job, and 200 while the job is queued or runs', async () => {
    const { control, url } = simulator;
    const steps = ['draft', 'queued', 'completed'].map((status, n) => ({ afterPolls: n, answer: { status } }));
    const job = await control.createJob({ scenario: 'script', steps, cancel: { confirm: null } });
    const answers: unknown[] = [];
    for (let n = 0; n < 3; n += 1) {
      answers.push((await askCancel(url, job)).status);
      await readStatus(url, job);
    }
    expect(answers).toEqual([400, 200, 400]);
  });

  test('a cancel that is confirmed by time ends the job exactly then, below 100', async () => {
    const { control, url } = simulator;
    const job = await control.createJob({ scenario: 'long', cancel: { confirm: { afterMs: 5000 } } });
    expect((await askCancel(url, job)).json).toEqual({ message: 'Job cancelled successfully' });
    expect((await readStatus(url, job)).json).toMatchObject({ status: 'in_progress' });
    await control.clock.advance(7000);
    expect((await readStatus(url, job)).json).toMatchObject({ status: 'cancelled', progress: 10 });
    expect(await control.job(job.jobId)).toMatchObject({
      cancelSeenAtMs: NOW,
      cancelAcceptedAtMs: NOW,
      endedAtMs: NOW + 5000,
      cancels: 1,
    });
  });
});
