import { describe, expect, test } from 'vitest';
import { deepwriter } from '../../../../src/providers/deepwriter/adapter.ts';
import {
  answering,
  calm,
  DEEPWRITER_JOB,
  deepwriterPolled,
  deepwriterSays,
  failureOf,
  open,
  UUID,
} from '../service.ts';

const JOB = {
  id: UUID,
  project_id: '11111111-0000-4000-8000-000000000000',
  status: 'in_progress',
  progress: 75.5,
  progress_stage: 'generating_work',
  percent_complete: 1,
  title: 'A book',
  is_byok: false,
  reasoning_model: 'r',
  writing_model: 'w',
  function_model: 'f',
  error_message: 'first try failed',
  is_starred: true,
  created_at: '2026-11-22T06:17:24.123Z',
  updated_at: '2026-11-22T07:00:00Z',
};

describe('the request', () => {
  test('3.2: one GET with the id in the query, without a body', async () => {
    const service = await answering({ body: JOB });
    await open(deepwriter, service.url).poll(DEEPWRITER_JOB, calm);
    await open(deepwriter, service.url)
      .poll({ provider: 'deepwriter', jobId: 'a&b=c/../?#' }, calm)
      .catch(() => undefined);
    expect(service.seen.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['GET', `/api/getJobStatus?jobId=${UUID}`, ''],
      ['GET', '/api/getJobStatus?jobId=a%26b%3Dc%2F..%2F%3F%23', ''],
    ]);
    expect(service.seen[0]?.headers).toMatchObject({ accept: 'application/json' });
  });
});

describe('the answer', () => {
  test('3.2: every documented field except user_id is in the details; undocumented links are dropped', async () => {
    const body = {
      ...JOB,
      user_id: '22222222-0000-4000-8000-000000000000',
      output_url_pdf: 'https://s3.example/?sig=x',
      extra: 1,
    };
    expect(await deepwriterPolled({ body })).toEqual({
      state: 'running',
      providerState: 'in_progress',
      progress: 75.5,
      rawProgress: null,
      stage: 'generating_work',
      title: 'A book',
      message: null,
      lastError: 'first try failed',
      details: JOB,
      createdAt: '2026-11-22T06:17:24.123Z',
      startedAt: null,
      finishedAt: null,
      scheduled: false,
      cancellable: true,
      result: null,
      reason: null,
      torn: false,
      ranForMs: null,
    });
  });

  test('3.2, P12: value, null, missing and wrong type: the details always have the same keys', async () => {
    const bare = { id: UUID, status: 'queued' };
    const nulls = Object.fromEntries(Object.keys(JOB).map((key) => [key, null]));
    const odd = Object.fromEntries(Object.keys(JOB).map((key) => [key, { odd: [1] }]));
    const expected = { ...nulls, ...bare };
    expect((await deepwriterPolled({ body: bare })).details).toEqual(expected);
    expect((await deepwriterPolled({ body: { ...nulls, ...bare } })).details).toEqual(expected);
    expect((await deepwriterPolled({ body: { ...odd, ...bare } })).details).toEqual(expected);
  });

  test('I9: the details of a job with huge texts are small', async () => {
    const long = 'é'.repeat(50_000);
    const { details, title } = await deepwriterSays({
      title: long,
      error_message: long,
      writing_model: long,
      project_id: long,
    });
    expect(Buffer.byteLength(JSON.stringify(details))).toBeLessThan(64 * 1_024);
    expect(title).toHaveLength(1_000);
  });

  test.each([
    {},
    { id: UUID },
    { status: 'queued' },
    { id: UUID, status: null },
    { id: UUID, status: ' ' },
    { id: 5, status: 'queued' },
  ])('3.2: id and status are required: %j is malformed', async (body) => {
    expect(await failureOf(deepwriterPolled({ body }))).toMatchObject({ kind: 'malformed', status: 200 });
  });

  test('P11: an answer about another job means a missing job; the case of letters does not matter', async () => {
    const other = { ...JOB, id: UUID.replace('6ac3', '6ac4') };
    expect(await failureOf(deepwriterPolled({ body: other }))).toMatchObject({
      kind: 'not-found',
      message: 'deepwriter: poll answered about another job',
    });
    expect(await deepwriterPolled({ body: { ...JOB, id: UUID.toUpperCase() } })).toMatchObject({ state: 'running' });
  });

  test.each([
    ['2026-11-22T06:17:24Z', '2026-11-22T06:17:24.000Z'],
    ['2026-11-22T08:17:24+02:00', '2026-11-22T06:17:24.000Z'],
    ['2026-11-22 06:17:24', '2026-11-22T06:17:24.000Z'],
    ['yesterday', null],
    ['2026-13-45T99:00:00Z', null],
    ['5', null],
  ])('3.2: the creation time %s is read as UTC', async (created_at, createdAt) => {
    expect(await deepwriterSays({ created_at })).toMatchObject({ createdAt });
  });
});

describe('statuses', () => {
  test.each([
    ['draft', 'queued', false],
    ['submitted', 'queued', false],
    ['queued', 'queued', true],
    ['in_progress', 'running', true],
    ['completed', 'completed', false],
    ['failed', 'failed', false],
    ['cancelled', 'cancelled', false],
    ['canceled', 'cancelled', false],
    ['moderated', 'moderated', false],
    [' In_Progress ', 'running', true],
    ['processing', 'unknown', true],
    ['constructor', 'unknown', true],
  ])('3.4: %s is %s, cancellable: %j', async (status, state, cancellable) => {
    expect(await deepwriterSays({ status })).toMatchObject({ state, providerState: status.trim(), cancellable });
  });

  test('3.4: a completed job has its details as result', async () => {
    const snapshot = await deepwriterSays({ status: 'completed', title: 'A book' });
    expect(snapshot.result).toEqual({ value: snapshot.details, link: null, warnings: [] });
  });

  test.each(['failed', 'moderated'])('3.4: a %s job has its error as reason, or none', async (status) => {
    expect(await deepwriterSays({ status, error_message: 'too long' })).toMatchObject({
      reason: 'too long',
      result: null,
    });
    expect(await deepwriterSays({ status, error_message: null })).toMatchObject({ reason: null });
    expect(await deepwriterSays({ status })).toMatchObject({ reason: null });
  });

  test('P1: an error text alone ends nothing', async () => {
    expect(await deepwriterSays({ error_message: 'oops' })).toMatchObject({
      state: 'running',
      lastError: 'oops',
      reason: null,
    });
  });
});

describe('progress', () => {
  test.each([
    [{ progress: 40 }, 40],
    [{ progress: 40, percent_complete: 0.9 }, 40],
    [{ progress: 0, percent_complete: 90 }, 0],
    [{ percent_complete: 40 }, 40],
    [{ percent_complete: 0.4 }, 40],
    [{ percent_complete: 0 }, 0],
    [{ percent_complete: 1 }, null],
    [{ percent_complete: 1.5 }, 1.5],
    [{ percent_complete: 150 }, 99],
    [{ percent_complete: -5 }, 0],
    [{ percent_complete: '40' }, null],
    [{ progress: null, percent_complete: 40 }, 40],
    [{ progress: {}, percent_complete: 40 }, 40],
    [{ progress: '40 %' }, 40],
    [{ progress: -5 }, 0],
    [{ progress: 100 }, 99],
    [{ progress: 100, status: 'failed' }, 100],
    [{ progress: 40, status: 'completed' }, 100],
    [{ progress: 40, status: 'cancelled' }, 40],
    [{ progress: 100, status: 'moderated' }, 99],
    [{}, null],
  ])('3.5, P2, P3, H21, H22: %j shows %j', async (fields, progress) => {
    expect((await deepwriterSays(fields)).progress).toBe(progress);
  });

  test('P2: the raw values stay in the details', async () => {
    expect((await deepwriterSays({ status: 'completed', progress: 40, percent_complete: 0.4 })).details).toMatchObject({
      progress: 40,
      percent_complete: 0.4,
    });
  });
});

describe('refusals', () => {
  test.each([
    [400, { error: 'bad uuid' }, 'rejected', 'deepwriter: poll refused [http=400]: bad uuid'],
    [401, { error: 'Unauthorized' }, 'unauthorized', 'deepwriter: poll refused [http=401]: Unauthorized'],
    [
      403,
      { error: 'Access denied' },
      'unauthorized',
      'deepwriter: poll refused [http=403]: Access denied; perhaps the job of another user',
    ],
    [404, { error: 'Job not found' }, 'not-found', 'deepwriter: poll found no job [http=404]: Job not found'],
    [429, { error: 'slow down' }, 'rate-limited', 'deepwriter: poll rate-limited [http=429]: slow down'],
    [500, { error: 'oops' }, 'unavailable', 'deepwriter: poll failed [http=500]: oops'],
  ])('3.2: a %i with %j', async (status, body, kind, message) => {
    expect(await failureOf(deepwriterPolled({ status, body }))).toEqual({
      kind,
      status,
      retryAfterMs: null,
      edge: false,
      message,
    });
  });
});

test.each([
  '2026-03-01T10:00:00.448537Z',
  '2026-03-01T10:00:00.448Z',
  '2026-03-01T12:00:00.448+02:00',
  '2026-03-01T12:00:00.448537+0200',
  '2026-03-01 12:00:00.448+02',
  '2026-03-01 10:00:00,448',
  '2026-03-01 10:00:00.448 Z',
  1_772_359_200_448,
  1_772_359_200.448,
])('a creation time sent as %j is always the same', async (created_at) => {
  expect((await deepwriterSays({ status: 'queued', created_at })).createdAt).toBe('2026-03-01T10:00:00.448Z');
});
