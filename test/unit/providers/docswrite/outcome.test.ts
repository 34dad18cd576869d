import { describe, expect, test } from 'vitest';
import { DOCSWRITE_JOB, docswriteSays, failureOf, ORG_KEY, polled } from '../service.ts';

const AT = 1_700_000_000_000;

describe('P1: failedReason', () => {
  test.each([['waiting'], ['delayed'], ['active'], ['completed'], ['paused']])(
    'P1: for a job that is %s it is the last error, and no end',
    async (state) => {
      const snapshot = await docswriteSays({ state, failedReason: 'HTTP 500 from the site', returnValue: {} });
      expect(snapshot.state).not.toBe('failed');
      expect(snapshot).toMatchObject({ lastError: 'HTTP 500 from the site', reason: null });
    },
  );

  test.each([
    ['boom', 'boom'],
    [null, null],
    [undefined, null],
    ['', null],
    [{ a: 1 }, null],
  ])('P1: a failed job has the reason %j', async (failedReason, reason) => {
    expect(await docswriteSays({ state: 'failed', failedReason })).toMatchObject({
      state: 'failed',
      reason,
      result: null,
    });
  });
});

describe('P19: a completed job whose result contradicts this', () => {
  const link = 'https://blog.example/a-post';
  test.each<[result: unknown, state: string, reason: string | null]>([
    [{ success: false, message: 'no site' }, 'failed', 'no site'],
    [{ success: false }, 'failed', null],
    [{ error: 'quota reached' }, 'failed', 'quota reached'],
    [{ error: { message: 'inner' } }, 'failed', 'inner'],
    [{ error: true, message: 'no', post_url: link }, 'failed', 'no'],
    [{ error: '', success: true }, 'completed', null],
    [{ error: false, message: 'fine' }, 'completed', null],
    [{ error: null }, 'completed', null],
    ['error', 'completed', null],
  ])('%j: %s', async (returnValue, state, reason) => {
    expect(await docswriteSays({ state: 'completed', returnValue })).toMatchObject({ state, reason });
  });

  test('is completed if there is a link to a post, with a warning about the result', async () => {
    const snapshot = await docswriteSays({
      state: 'completed',
      returnValue: { success: false, message: 'no tags', post_url: link },
    });
    expect(snapshot).toMatchObject({
      state: 'completed',
      result: { link, warnings: ['the result reports a failure: no tags'] },
    });
  });
});

test('a number beyond 2^53 in a result is kept as text with a warning, and as an id it matches the requested id', async () => {
  const jobId = '1862341234567890123';
  const body = `{"data":{"id":${jobId},"state":"completed","returnValue":{"post_id":${jobId}}}}`;
  expect(await polled({ body }, {}, { ...DOCSWRITE_JOB, jobId })).toMatchObject({
    result: { value: { post_id: jobId }, warnings: ['whole numbers beyond 2^53 are kept as text, digit for digit'] },
  });
  const other = await failureOf(polled({ body }, {}, { ...DOCSWRITE_JOB, jobId: '1862341234567890200' }));
  expect(other.kind).toBe('not-found');
});

describe('progress', () => {
  test.each([0, 40, undefined, null, 'x', {}])(
    'P2: a completed job shows 100, with any progress: %j',
    async (progress) => {
      expect(await docswriteSays({ state: 'completed', progress, returnValue: 1 })).toMatchObject({ progress: 100 });
    },
  );

  test.each(['active', 'waiting', 'delayed', 'odd'])(
    'P3: 100 does not end a job that is %s, and shows as 99',
    async (state) => {
      const snapshot = await docswriteSays({ state, progress: 100 });
      expect(snapshot.state).not.toBe('completed');
      expect(snapshot.progress).toBe(99);
    },
  );

  test('P3: a job that failed at 100 shows it', async () => {
    expect(await docswriteSays({ state: 'failed', progress: 100 })).toMatchObject({ state: 'failed', progress: 100 });
  });

  test('P4: a fall of progress is in the snapshot, with the start of the new attempt', async () => {
    const answers = [
      { state: 'active', progress: 70, processedOn: AT },
      { state: 'active', progress: 10, processedOn: AT + 60_000 },
    ];
    const snapshots = await Promise.all(answers.map(async (data) => docswriteSays(data)));
    expect(snapshots.map(({ progress, startedAt }) => ({ progress, startedAt }))).toEqual([
      { progress: 70, startedAt: '2023-11-14T22:13:20.000Z' },
      { progress: 10, startedAt: '2023-11-14T22:14:20.000Z' },
    ]);
  });

  test.each([
    [45.5, 45.5, null],
    [0.5, 0.5, null],
    [150, 99, 'progress 150 is out of range, read as 100'],
    [-5, 0, 'progress -5 is out of range, read as 0'],
    ['45', 45, null],
    [' 45 % ', 45, null],
    ['45/100', 45, null],
    ['3 of 4', 75, null],
    ['3/0', null, 'progress is not a percentage: 3/0'],
    ['-3/4', null, 'progress is not a percentage: -3/4'],
    ['12/10', 99, 'progress 120 is out of range, read as 100'],
    [{ percent: 45 }, 45, null],
    [{ percentage: '45 %' }, 45, null],
    [{ progress: 45, stage: 'upload' }, 45, null],
    [{ value: 45 }, 45, null],
    [{ completed: 3, total: 4 }, 75, null],
    [{ value: 3, total: 4 }, 75, null],
    [{ percent: 10, completed: 3, total: 4 }, 10, null],
    [{ completed: 1, total: 3 }, 33.33, null],
    [{ completed: 3, total: 0 }, null, 'progress is not a percentage: {"completed":3,"total":0}'],
    [{ percent: { value: 45 } }, null, 'progress is not a percentage: {"percent":{"value":45}}'],
    [{ percent: true }, null, 'progress is not a percentage: {"percent":true}'],
    [{ percent: 150 }, 99, 'progress 150 is out of range, read as 100'],
    [[45], null, 'progress is not a percentage: [45]'],
    [null, null, null],
    [undefined, null, null],
    ['', null, 'progress is not a percentage: '],
    ['half', null, 'progress is not a percentage: half'],
    [true, null, 'progress is not a percentage: true'],
    [[], null, 'progress is not a percentage: []'],
    [{ step: 3 }, null, 'progress is not a percentage: {"step":3}'],
  ])('P5, H21, H22, H23: %j reads as %j', async (sent, progress, message) => {
    const snapshot = await docswriteSays({ state: 'active', progress: sent });
    expect(snapshot).toMatchObject({ state: 'running', progress, message: message?.trim() ?? null });
  });

  test.each([
    [{ step: 3 }, { step: 4 }],
    [[1], [1, 2]],
    [false, true],
    ['half', 'more than half'],
    [120, 130],
    [99.2, 99.6],
    [{ text: `${'x'.repeat(500)}a` }, { text: `${'x'.repeat(500)}b` }],
  ])('I9: %j and %j show the same, and differ in a short mark', async (before, now) => {
    const [one, other] = await Promise.all(
      [before, now].map((progress) => docswriteSays({ state: 'active', progress })),
    );
    expect(other?.progress).toBe(one?.progress);
    expect(other?.rawProgress).not.toBe(one?.rawProgress);
    expect(one?.rawProgress?.length).toBeLessThanOrEqual(64);
  });

  test.each([0, 45, 98.9, null, undefined])('%j needs no mark', async (progress) => {
    expect((await docswriteSays({ state: 'active', progress })).rawProgress).toBeNull();
  });

  test('H21: 1e400 is no percentage', async () => {
    const snapshot = await polled({ body: '{"data":{"state":"active","progress":1e400}}' });
    expect(snapshot).toMatchObject({ progress: null, message: 'progress is not a percentage: Infinity' });
  });

  test('H23: a large raw value is cut, and a deep one is not shown', async () => {
    expect((await docswriteSays({ state: 'active', progress: { text: 'x'.repeat(5_000) } })).message).toHaveLength(
      1_000,
    );
    const deep = '['.repeat(10_000) + ']'.repeat(10_000);
    const snapshot = await polled({ body: `{"data":{"state":"active","progress":${deep}}}` });
    expect(snapshot.message).toBe('progress is not a percentage: nested deeper than 32 levels');
  });
});

describe('results', () => {
  test.each([
    [{}, true],
    [{ returnValue: null }, true],
    [{ returnValue: null, finishedOn: AT }, false],
    [{ finishedOn: AT }, false],
    [{ returnValue: 0 }, false],
    [{ returnValue: {} }, false],
  ])('P10: completed with %j looks half written: %j', async (fields, torn) => {
    expect(await docswriteSays({ state: 'completed', ...fields })).toMatchObject({ state: 'completed', torn });
  });

  test.each([0, '', false, null, 'text', [1, [2]], { a: null }])(
    'P13: a result of %j is kept as sent',
    async (returnValue) => {
      const { result } = await docswriteSays({ state: 'completed', returnValue, finishedOn: AT });
      expect(result).toEqual({ value: returnValue, link: null, warnings: [] });
    },
  );

  test('2.3: a result named `post` is a result, too', async () => {
    expect(
      (await docswriteSays({ state: 'completed', post: { data: { link: 'https://a.example/x' } } })).result,
    ).toMatchObject({
      link: 'https://a.example/x',
    });
  });

  test.each([
    [{ post_url: 'https://a.example/1', data: { link: 'https://a.example/2' } }, 'https://a.example/1'],
    [{ data: { link: 'https://a.example/2', url: 'https://a.example/3' } }, 'https://a.example/2'],
    [{ data: { url: 'https://a.example/3' } }, 'https://a.example/3'],
    [{ post_url: 'javascript:alert(1)' }, null],
    [{ post_url: '/relative' }, null],
    [{ post_url: `https://a.example/${'x'.repeat(1_000)}` }, null],
    [{ post_url: 7, data: 'x' }, null],
  ])('2.3: the link of %j', async (returnValue, link) => {
    expect((await docswriteSays({ state: 'completed', returnValue })).result).toMatchObject({ link });
  });

  test('2.3: failed images are warnings of a completed job, bounded in number and length', async () => {
    const image_failures = ['a.png: 404', { url: 'b.png' }, ...Array.from({ length: 30 }, () => 'x'.repeat(900))];
    const { state, result } = await docswriteSays({ state: 'completed', returnValue: { image_failures } });
    expect(state).toBe('completed');
    expect(result?.warnings.slice(0, 2)).toEqual(['image failed: a.png: 404', 'image failed: {"url":"b.png"}']);
    expect(result?.warnings).toHaveLength(21);
    expect(result?.warnings.at(-1)).toBe('12 more images failed');
  });

  test.each([
    [{ error: true, message: 'The site refused the post' }, 'old', 'The site refused the post'],
    [{ error: true }, 'old', 'old'],
    [{ error: true }, null, null],
  ])('P19: completed with %j has failed', async (returnValue, failedReason, reason) => {
    expect(await docswriteSays({ state: 'completed', progress: 80, returnValue, failedReason })).toMatchObject({
      state: 'failed',
      providerState: 'completed',
      progress: 80,
      reason,
      result: null,
      torn: false,
    });
  });
});

describe('the other queue', () => {
  const hint = 'jobs of an organisation key are usually in queue `publish`';
  test.each([
    [404, { success: false, error: 'Job not found' }],
    [400, { success: false, error: 'Bad queue' }],
    [200, { data: { state: 'unknown' } }],
  ])('an organisation key that asks queue `post` gets a hint about `publish`: %i', async (status, body) => {
    expect((await failureOf(polled({ status, body }, { secret: ORG_KEY }))).message).toContain(hint);
  });

  test('a site token that asks queue `publish` gets a hint about `post`', async () => {
    const answer = { status: 404, body: { error: true, message: 'Job not found' } };
    const told = await failureOf(polled(answer, {}, { ...DOCSWRITE_JOB, queueType: 'publish' }));
    expect(told.message).toContain('Job not found; jobs of a site token are usually in queue `post`');
  });

  test.each([
    [404, ORG_KEY, 'publish'],
    [404, undefined, 'post'],
    [500, ORG_KEY, 'post'],
    [401, ORG_KEY, 'post'],
  ])('there is no hint if it would mislead: %i', async (status, secret, queueType) => {
    const setup = secret === undefined ? {} : { secret };
    const told = await failureOf(polled({ status, body: { error: true } }, setup, { ...DOCSWRITE_JOB, queueType }));
    expect(told.message).not.toContain('usually');
  });
});
