import { describe, expect, test } from 'vitest';
import { cancelled, docswriteSays, failureOf, polled } from '../service.ts';

const PAGE = '<!DOCTYPE html><html><body>Just a moment...</body></html>';
const HTML = { 'content-type': 'text/html; charset=utf-8' };

describe('H10, P18: pages of the network', () => {
  test.each([401, 402, 403, 404, 410, 429, 503, 520, 522, 527])(
    'H10: HTML with a %i says nothing about credential, job or rate: a CDN answered',
    async (status) => {
      const headers = { ...HTML, 'cf-mitigated': 'challenge', 'cf-ray': '8a1b2c3d4e5f-FRA' };
      expect(await failureOf(polled({ status, headers, body: PAGE }))).toEqual({
        kind: 'unavailable',
        status,
        retryAfterMs: null,
        edge: true,
        message: `docswrite: poll answered by a CDN [http=${status}, cf-ray=8a1b2c3d4e5f-FRA]`,
      });
    },
  );

  test.each([
    ['by its content type', { headers: HTML, body: 'blocked' }],
    ['by its content type, empty', { headers: HTML, body: '' }],
    ['by its first sign', { body: ` \n${PAGE}` }],
    ['by the header of a challenge', { headers: { 'cf-mitigated': 'challenge' }, body: { error: true } }],
    ['by being no JSON', { headers: { 'content-type': 'text/plain' }, body: 'error code: 1020' }],
  ])('P18: a 403 differs from a refused credential %s', async (_, answer) => {
    expect(await failureOf(polled({ status: 403, ...answer }))).toMatchObject({ kind: 'unavailable', edge: true });
  });

  test('H10: HTML of another failing server is no page of the CDN', async () => {
    expect(await failureOf(polled({ status: 502, headers: HTML, body: PAGE }))).toMatchObject({
      kind: 'unavailable',
      edge: false,
    });
  });

  test('H10: HTML under 200 is malformed', async () => {
    expect(await failureOf(polled({ headers: HTML, body: PAGE }))).toMatchObject({
      kind: 'malformed',
      message: 'docswrite: poll answer unreadable [http=200]: a web page, not JSON',
    });
  });

  test('H10: if a page answers a cancel, the cancel is sent again', async () => {
    expect(await failureOf(cancelled({ status: 403, headers: HTML, body: PAGE }))).toMatchObject({ edge: true });
    expect(await failureOf(cancelled({ headers: HTML, body: PAGE }))).toMatchObject({ kind: 'malformed' });
  });

  test('H5: a CDN page keeps the wait it asks for', async () => {
    const headers = { ...HTML, 'retry-after': '120' };
    expect(await failureOf(polled({ status: 503, headers, body: PAGE }))).toMatchObject({
      retryAfterMs: 120_000,
      edge: true,
    });
  });
});

describe('H11, H12: answers that say nothing', () => {
  test.each([
    ['nothing', { status: 204 }],
    ['an empty body', { body: '' }],
    ['blanks', { body: ' \r\n ' }],
  ])('H11: %s is malformed for a poll and accepted for a cancel', async (_, answer) => {
    expect(await failureOf(polled(answer))).toMatchObject({ kind: 'malformed' });
    expect(await cancelled(answer)).toEqual({ status: 'accepted' });
  });

  test.each(['null', '[]', '[{"state":"active"}]', '5', '"active"', 'true', 'hello', '{"state":', '{} {}'])(
    'H12: %s under 200 is malformed, for a cancel too',
    async (body) => {
      expect(await failureOf(polled({ body }))).toMatchObject({ kind: 'malformed', status: 200 });
      expect(await failureOf(cancelled({ body }))).toMatchObject({ kind: 'malformed', status: 200 });
    },
  );

  test.each(['text/plain', 'text/html', 'application/octet-stream', 'application/json; charset=iso-8859-1', ''])(
    'H12: JSON under the content type %j is JSON',
    async (type) => {
      const body = '{"data":{"state":"active","failedReason":"Zoë"}}';
      expect(await polled({ headers: { 'content-type': type }, body })).toMatchObject({
        state: 'running',
        lastError: 'Zoë',
      });
    },
  );

  test('H12: a byte order mark is no part of the JSON', async () => {
    expect(await polled({ body: '\ufeff{"data":{"state":"active"}}' })).toMatchObject({ state: 'running' });
  });

  test('H12: JSON refusals under HTML content types count as the service’s', async () => {
    const body = '{"error":true,"message":"Unauthorized"}';
    expect(await failureOf(polled({ status: 401, headers: HTML, body }))).toMatchObject({ kind: 'unauthorized' });
  });
});

describe('H14, P19: errors under 200', () => {
  const job = { id: '42', state: 'completed', returnValue: {} };
  test.each([
    [{ success: false, error: 'Job not found', data: job }, 'not-found'],
    [{ success: false, error: 'Something odd', data: job }, 'unavailable'],
    [{ error: true, message: 'Unauthorized', data: job }, 'unauthorized'],
    [{ error: true, message: 'Access denied', state: 'completed' }, 'unauthorized'],
    [{ error: true, code: 'API_KEY_EXPIRED', message: 'renew it', data: job }, 'unauthorized'],
    [{ error: true, code: 'UNSUPPORTED_CONNECTION', message: 'no', data: job }, 'rejected'],
    [{ error: true, code: 'constructor', data: job }, 'unavailable'],
    [{ error: 'Job not found' }, 'not-found'],
  ])('P19: the envelope is checked before the state: %j', async (body, kind) => {
    expect(await failureOf(polled({ body }))).toMatchObject({ kind, status: 200, edge: false });
  });

  test('H14: `error: false` and an error text next to a state are no envelope', async () => {
    expect(await polled({ body: { error: false, success: true, data: { state: 'active' } } })).toMatchObject({
      state: 'running',
    });
    expect(await polled({ body: { error: 'old trouble', state: 'active' } })).toMatchObject({ state: 'running' });
  });

  test('H14: a cancel that answers an error under 200 is not accepted', async () => {
    expect(await cancelled({ body: { error: true, message: 'Access denied' } })).toMatchObject({
      status: 'unauthorized',
    });
    expect(await cancelled({ body: { success: false, error: 'Job not found' } })).toMatchObject({ status: 'refused' });
    expect(await failureOf(cancelled({ body: { success: false } }))).toMatchObject({ kind: 'unavailable' });
  });
});

describe('messages of refusals', () => {
  test.each([
    [{ error: true, message: 'Unauthorized', details: 'No token' }, ': Unauthorized: No token'],
    [{ error: true, message: 'Unauthenticated' }, ': Unauthenticated'],
    [{ error: true, code: 'API_KEY_REVOKED', message: 'Revoked' }, ', code=API_KEY_REVOKED]: Revoked'],
    [{ success: false, error: 'text' }, ': text'],
    [{ error: { message: 'inner', code: 'X1' } }, ', code=X1]: inner'],
  ])('2.5: the envelope %j is read', async (body, end) => {
    const told = await failureOf(polled({ status: 401, body }));
    expect(told.kind).toBe('unauthorized');
    expect(told.message.endsWith(end)).toBe(true);
  });

  test.each([
    [403, { error: true, message: 'Access denied' }, 'perhaps the job of another user or key'],
    [
      403,
      { error: true, code: 'ORG_MISMATCH', message: 'Other organisation' },
      'code=ORG_MISMATCH]: Other organisation',
    ],
    [403, { error: true, code: 'API_KEY_OWNER_INACTIVE', message: 'gone' }, 'code=API_KEY_OWNER_INACTIVE]: gone'],
    [402, { error: true, code: 'PLAN_LIMIT', message: 'Upgrade' }, 'code=PLAN_LIMIT]: Upgrade'],
  ])('P18: the error for a %i with %j says how it was refused', async (status, body, text) => {
    const told = await failureOf(polled({ status, body }));
    expect(told).toMatchObject({ kind: 'unauthorized', edge: false, message: expect.stringContaining(text) });
  });

  test('H26: text loses its control characters, is put on one line, and is cut', async () => {
    const message = `a\u0000b\u001b[31mc\r\nd\u202ee\u2028f ${'x'.repeat(2_000)}`;
    const told = await failureOf(polled({ status: 400, body: { error: true, message } }));
    expect(told.message).toMatch(/^docswrite: poll refused \[http=400\]: abc de f x+…$/);
    expect(told.message.length).toBeLessThanOrEqual(1_000);
  });

  test('H26: half a surrogate pair, also one made by cutting, never leaves', async () => {
    const odd = await docswriteSays({ state: 'active', failedReason: `\ud83d ${'😀'.repeat(1_000)}` });
    expect(odd.lastError).not.toMatch(/\p{Cs}/u);
    expect(odd.lastError?.length).toBe(999);
  });
});

describe('H16: the values in a history', () => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  const completed = (returnValue: string): string => `{"data":{"state":"completed","returnValue":${returnValue}}}`;

  test('H16: a result of 64 KiB and 32 levels is kept', async () => {
    const text = 'x'.repeat(64 * 1_024 - 2);
    expect((await docswriteSays({ state: 'completed', returnValue: text })).result?.value).toBe(text);
    expect((await polled({ body: completed(nested(32)) })).result?.value).toEqual(JSON.parse(nested(32)));
  });

  test('H16: a larger result is dropped with a note on its size, and the job is still completed', async () => {
    const snapshot = await docswriteSays({
      state: 'completed',
      returnValue: { post_url: 'https://a.example/', text: 'é'.repeat(40_000) },
    });
    expect(snapshot).toMatchObject({
      state: 'completed',
      result: {
        value: null,
        link: 'https://a.example/',
        warnings: ['result dropped: 80043 bytes, at most 65536 are kept'],
      },
      torn: false,
    });
  });

  test.each([33, 100_000])('H16: a result nested %i deep is dropped', async (levels) => {
    expect((await polled({ body: completed(nested(levels)) })).result).toEqual({
      value: null,
      link: null,
      warnings: ['result dropped: nested deeper than 32 levels'],
    });
  });

  test('H16: a key __proto__ stays a key', async () => {
    const snapshot = await polled({ body: completed('{"__proto__":{"polluted":true},"a":1}') });
    expect(JSON.stringify(snapshot.result?.value)).toBe('{"__proto__":{"polluted":true},"a":1}');
    expect(Object.hasOwn({}.constructor.prototype, 'polluted')).toBe(false);
  });

  test('H16: an infinite number is kept as null, which is JSON', async () => {
    expect((await polled({ body: completed('[1e400, 1]') })).result?.value).toEqual([null, 1]);
  });
});
