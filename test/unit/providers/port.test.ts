import { describe, expect, test } from 'vitest';
import {
  defineProvider,
  type IsOwnError,
  path,
  type ServiceAnswer,
  type ServiceCall,
} from '../../../src/providers/provider.ts';
import { openAccount } from '../../../src/providers/account.ts';
import { answering, calm, failureOf, secretOf, type Service, serviceOf } from './service.ts';

/** Makes one call with an adapter of no real service. */
async function called(
  service: Service,
  act: (call: ServiceCall) => Promise<ServiceAnswer>,
  base = '',
  isOwnError?: IsOwnError,
): Promise<ServiceAnswer> {
  let said: ServiceAnswer | undefined;
  const adapter = defineProvider({
    traits: {
      name: 'anyone',
      parameters: [],
      auths: ['bearer'],
      normaliseJobId: (id) => id,
      jobIdProblem: () => null,
      canCancel: true,
      usualMs: null,
    },
    defaultBaseUrl: service.url + base,
    authOf: () => 'bearer',
    authHeader: (secret) => ({ authorization: `Bearer ${secret}` }),
    ...(isOwnError === undefined ? {} : { isOwnError }),
    poll: () => Promise.reject(new Error('not here')),
    cancel: async (_, call) => {
      said = await act(call);
      return { status: 'accepted' };
    },
  });
  const account = {
    name: 'a',
    provider: 'anyone',
    baseUrl: null,
    auth: null,
    secret: secretOf('a-secret'),
    requestsPerMinute: null,
  };
  const opened = openAccount(adapter, account);
  await opened.cancel({ provider: 'anyone', jobId: '1' }, calm).finally(opened.close);
  if (said === undefined) throw new Error('no answer');
  return said;
}

describe('an adapter may use each method of HTTP, with a body and without', () => {
  const calls: [method: string, body: string, act: (call: ServiceCall) => Promise<ServiceAnswer>][] = [
    ['GET', '', (call) => call.get('/x', {})],
    ['DELETE', '', (call) => call.delete('/x')],
    ['POST', '', (call) => call.post('/x')],
    ['PUT', '{"a":1}', (call) => call.put('/x', { a: 1 })],
    ['PATCH', '[]', (call) => call.patch('/x', [])],
    ['DELETE', '"why"', (call) => call.delete('/x', 'why')],
    ['POST', 'a=1&b=%26', (call) => call.post('/x', new URLSearchParams({ a: '1', b: '&' }))],
  ];
  test.each(calls)('%s %s', async (method, body, act) => {
    const service = await answering({ body: { ok: true } });
    expect((await called(service, act)).json).toEqual({ ok: true });
    expect(service.seen.map((seen) => [seen.method, seen.body])).toEqual([[method, body]]);
  });

  test('a form has its content type, and a call without a body has none', async () => {
    const service = await answering({ body: { ok: true } });
    await called(service, (call) => call.post('/x', new URLSearchParams({ a: '1' })));
    await called(service, (call) => call.delete('/x'));
    expect(service.seen.map(({ headers }) => headers['content-type'])).toEqual([
      'application/x-www-form-urlencoded',
      undefined,
    ]);
  });
});

test('an id with any characters is one segment of the path, after the base path', async () => {
  const service = await answering({ body: { ok: true } });
  for (const id of ['a/b', '..%2f', 'a?b#c', 'ö %', '...'])
    await called(service, (call) => call.delete(path`/jobs/${id}/cancel`), '/base');
  expect(service.seen.map(({ url }) => url)).toEqual([
    '/base/jobs/a%2Fb/cancel',
    '/base/jobs/..%252f/cancel',
    '/base/jobs/a%3Fb%23c/cancel',
    '/base/jobs/%C3%B6%20%25/cancel',
    '/base/jobs/.../cancel',
  ]);
  for (const id of ['', '.', '..']) expect(() => path`/jobs/${id}`).toThrow('the id cannot be part of a path');
});

test('a base path is kept, also if it ends with /api, but is not repeated', async () => {
  const service = await answering({ body: { ok: true } });
  await called(service, (call) => call.get('/v1/jobs', {}), '/print/api');
  await called(service, (call) => call.get('/api/jobs', {}), '/print/api/');
  expect(service.seen.map(({ url }) => url)).toEqual(['/print/api/v1/jobs', '/print/api/jobs']);
});

test('I5: an adapter may define how its service reports a missing job', async () => {
  const service = await answering({ status: 404, body: { detail: 'Not Found' } });
  const own: IsOwnError = (json, status) => status === 404 && json['detail'] === 'Not Found';
  const ask = (isOwnError?: IsOwnError): Promise<ServiceAnswer> =>
    called(service, (call) => call.get('/x', {}), '', isOwnError);
  await expect(ask()).rejects.toMatchObject({ kind: 'unavailable' });
  // A refusal by the adapter is a reply to a cancel.
  await expect(ask(own)).rejects.toThrow('no answer');
});

test('a list is an answer if the adapter says so, and otherwise unreadable (H12)', async () => {
  const service = await answering({ body: [1, 2] });
  expect(await called(service, (call) => call.get('/x', {}, { mayBeList: true }))).toMatchObject({
    json: {},
    list: [1, 2],
  });
  expect(await failureOf(called(service, (call) => call.get('/x', {})))).toMatchObject({ kind: 'malformed' });
});

test('whole numbers beyond 2^53 become text with all digits; everything else is read as usual', async () => {
  const body =
    '{"id":1862341234567890123,"n":-9007199254740993,"ok":9007199254740991,"f":1234567890123456.5,"e":1e30,"t":"x 1862341234567890123 \\" 1862341234567890123","l":[10000000000000000000]}';
  const service = await serviceOf((response) => response.end(body));
  const { json, hasBigNumbers } = await called(service, (call) => call.get('/x', {}));
  expect(json).toEqual({
    id: '1862341234567890123',
    n: '-9007199254740993',
    ok: 9_007_199_254_740_991,
    f: 1234567890123456.5,
    e: 1e30,
    t: 'x 1862341234567890123 " 1862341234567890123',
    l: ['10000000000000000000'],
  });
  expect(hasBigNumbers).toBe(true);
});

test.each([
  ['a text that is not closed', `1862341234567890123, "${'\\"'.repeat(500_000)}`],
  ['one that ends with a backslash', `1862341234567890123, "${'\\"'.repeat(500_000)}\\`],
  ['a long text', `[1862341234567890123, "${'\\"'.repeat(500_000)}"]`],
  ['digits', '9'.repeat(1_000_000)],
])('H15: a body of %s and a large number takes no more time than another', async (_, body) => {
  const service = await serviceOf((response) => response.end(body));
  const begun = performance.now();
  await called(service, (call) => call.get('/x', {}, { mayBeList: true })).catch(() => undefined);
  expect(performance.now() - begun).toBeLessThan(10_000);
});
