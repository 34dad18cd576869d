import { describe, expect, test } from 'vitest';
import { docswrite } from '../../../../src/providers/docswrite/adapter.ts';
import { answering, calm, DOCSWRITE_JOB, docswriteSays, failureOf, open, polled } from '../service.ts';

const AT = 1_700_000_000_000;
const ISO = '2023-11-14T22:13:20.000Z';
const DATE = { date: 'Tue, 14 Nov 2023 22:14:20 GMT' };

describe('the request', () => {
  test('2.2: one POST, with job id as text and queue type always', async () => {
    const service = await answering({ body: { data: { state: 'active' } } });
    await open(docswrite, service.url).poll(DOCSWRITE_JOB, calm);
    await open(docswrite, service.url).poll({ ...DOCSWRITE_JOB, queueType: 'publish' }, calm);
    expect(service.seen.map(({ method, url, body }) => ({ method, url, body: JSON.parse(body) as unknown }))).toEqual([
      { method: 'POST', url: '/api/job/status', body: { jobId: '42', queueType: 'post' } },
      { method: 'POST', url: '/api/job/status', body: { jobId: '42', queueType: 'publish' } },
    ]);
    expect(service.seen[0]?.headers).toMatchObject({ accept: 'application/json', 'content-type': 'application/json' });
  });
});

describe('the answer', () => {
  test('2.3: with all eight fields', async () => {
    const data = {
      id: '42',
      state: 'completed',
      progress: 100,
      returnValue: { error: false, post_url: 'https://blog.example/a', data: { id: 7 } },
      failedReason: null,
      timestamp: AT,
      processedOn: AT + 1_000,
      finishedOn: AT + 2_000,
    };
    expect(await docswriteSays(data, DATE)).toEqual({
      state: 'completed',
      providerState: 'completed',
      progress: 100,
      rawProgress: '100',
      stage: null,
      title: null,
      message: null,
      lastError: null,
      details: {},
      createdAt: ISO,
      startedAt: '2023-11-14T22:13:21.000Z',
      finishedAt: '2023-11-14T22:13:22.000Z',
      scheduled: false,
      cancellable: false,
      result: { value: data.returnValue, link: 'https://blog.example/a', warnings: [] },
      reason: null,
      torn: false,
      ranForMs: null,
    });
  });

  test('2.3: without the wrapper', async () => {
    expect(await polled({ body: { id: 42, state: 'active' } })).toMatchObject({ state: 'running' });
  });

  test.each([
    {},
    { success: true },
    { data: null },
    { data: [] },
    { data: {} },
    { data: { state: null } },
    { data: { state: 3 } },
    { data: { state: ' ' } },
  ])('2.3: only a state is required: %j is malformed', async (body) => {
    expect(await failureOf(polled({ body }))).toMatchObject({ kind: 'malformed', status: 200 });
  });
});

describe('states', () => {
  test.each([
    ['waiting', 'queued', null],
    ['delayed', 'queued', 'scheduled'],
    ['active', 'running', null],
    ['completed', 'completed', null],
    ['failed', 'failed', null],
    ['prioritized', 'queued', null],
    ['paused', 'queued', null],
    ['waiting-children', 'running', null],
    [' ACTIVE ', 'running', null],
    ['Delayed', 'queued', 'scheduled'],
  ])('2.4: %s is %s, stage %s', async (word, state, stage) => {
    const snapshot = await docswriteSays({ state: word, returnValue: 1 });
    expect(snapshot).toMatchObject({ state, stage, providerState: word.trim(), scheduled: stage === 'scheduled' });
  });

  test.each(['frozen', 'constructor', '__proto__', 'x'.repeat(500)])(
    'P6: an unknown word is no error and no end, and is shown: %s',
    async (word) => {
      const snapshot = await docswriteSays({ state: word });
      expect(snapshot).toMatchObject({ state: 'unknown', result: null, reason: null });
      expect(word.startsWith(snapshot.providerState?.replace('…', '') ?? '?')).toBe(true);
      expect(snapshot.providerState?.length).toBeLessThanOrEqual(100);
    },
  );

  test.each(['delayed', 'waiting'])('P7: %s after a start is the wait between two attempts', async (state) => {
    expect(await docswriteSays({ state, processedOn: AT })).toMatchObject({
      state: 'running',
      stage: 'retrying',
      scheduled: false,
    });
  });

  test('P8: polls are independent: the same answer gives the same snapshot after any other', async () => {
    const service = await answering({ body: { data: { state: 'waiting' } } });
    const account = open(docswrite, service.url);
    const first = await account.poll(DOCSWRITE_JOB, calm);
    await docswriteSays({ state: 'completed', returnValue: 1 });
    expect(await account.poll(DOCSWRITE_JOB, calm)).toEqual(first);
  });

  test.each(['unknown', 'stuck', 'Unknown'])('P9: the state %s is a missing job, not a failed one', async (state) => {
    expect(await failureOf(polled({ body: { data: { state } } }))).toMatchObject({ kind: 'not-found' });
  });

  test.each([
    { error: true, message: 'Job not found' },
    { success: false, error: 'Job not found' },
  ])(
    'P9: a 404 is a missing job; the adapter does not decide whether it is too early or too late: %j',
    async (body) => {
      expect(await failureOf(polled({ status: 404, body }))).toMatchObject({ kind: 'not-found', edge: false });
    },
  );

  test.each(['waiting', 'active'])(
    'P15, P16: a job that is always %s always gives the same snapshot',
    async (state) => {
      const data = { state, progress: 70, timestamp: 1, processedOn: state === 'active' ? AT : null };
      expect(await docswriteSays(data)).toEqual(await docswriteSays(data));
    },
  );

  test('P20, P14: a failed job that a person started again is queued', async () => {
    expect(await docswriteSays({ state: 'waiting', timestamp: AT })).toMatchObject({
      state: 'queued',
      reason: null,
      finishedAt: null,
    });
  });
});

describe('identity and times', () => {
  test('P11: the creation time is in the snapshot, so that a reused id can be noticed', async () => {
    expect(await docswriteSays({ state: 'active', timestamp: AT })).toMatchObject({ createdAt: ISO });
    expect(await docswriteSays({ state: 'active' })).toMatchObject({ createdAt: null });
  });

  test.each(['43', 43, 'job:43', '042'])('P11: the answer about job %j is not about job 42', async (id) => {
    expect(await failureOf(polled({ body: { data: { id, state: 'completed' } } }))).toMatchObject({
      kind: 'not-found',
      message: 'docswrite: poll answered about another job',
    });
  });

  test.each(['42', 42, 'job:42', null, undefined, {}])(
    'P11: an id of %j is that of the job, or says nothing',
    async (id) => {
      expect(await docswriteSays({ id, state: 'active' })).toMatchObject({ state: 'running' });
    },
  );

  test('H24: an answer has all that is needed to notice an older one: the adapter keeps nothing between two polls', async () => {
    const service = await answering({ body: { data: { state: 'active', processedOn: AT } } });
    const account = open(docswrite, service.url);
    await Promise.all([account.poll(DOCSWRITE_JOB, calm), account.poll(DOCSWRITE_JOB, calm)]);
    expect(service.seen).toHaveLength(2);
  });

  test('P12: null and a missing key differ for no field except the state', async () => {
    const fields = ['id', 'progress', 'returnValue', 'failedReason', 'timestamp', 'processedOn', 'finishedOn'];
    for (const state of ['waiting', 'delayed', 'active', 'completed', 'failed']) {
      const nulls = Object.fromEntries(fields.map((field) => [field, null]));
      expect(await docswriteSays({ state, ...nulls })).toEqual(await docswriteSays({ state }));
    }
  });

  test.each(['1700000000000', {}, true, -5, 0])('P12: a time of %j counts as missing', async (odd) => {
    const snapshot = await docswriteSays({ state: 'active', timestamp: odd, processedOn: odd, finishedOn: odd });
    expect(snapshot).toMatchObject({ state: 'running', createdAt: null, startedAt: null, finishedAt: null });
  });

  test('2.3: a time below 1e11 is in seconds, one after the year 9999 counts as missing', async () => {
    expect(await docswriteSays({ state: 'active', timestamp: AT / 1_000, processedOn: 1e300 })).toMatchObject({
      createdAt: ISO,
      startedAt: null,
    });
  });

  test.each(['active', 'failed', 'waiting'])('P14: finishedOn does not end a job that is %s', async (state) => {
    expect((await docswriteSays({ state, finishedOn: AT })).state).not.toBe('completed');
  });

  test.each([
    ['a minute before the answer', AT, 60_000],
    ['after the answer, by another clock', AT + 120_000, 0],
    ['more than a day before', AT - 86_400_000, null],
    ['never', null, null],
  ])('P17: the time that it ran is measured by the service’s clocks: started %s', async (_, processedOn, ranForMs) => {
    const data = { state: 'active', timestamp: AT + 500_000, processedOn };
    expect(await docswriteSays(data, DATE)).toMatchObject({ ranForMs });
  });
});
