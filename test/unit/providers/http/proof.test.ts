import { describe, expect, test } from 'vitest';
import { type Answer, cancelled, deepwriterPolled, failureOf, polled } from '../service.ts';

const html = { 'content-type': 'text/html' };
const text = { 'content-type': 'text/plain' };

/** Systems between us and a service that may answer in its place. */
const strangers: [who: string, answer: (status: number) => Answer][] = [
  ['a router, in text', () => ({ headers: text, body: '404 page not found' })],
  ['a proxy, in HTML', (status) => ({ headers: html, body: `<html><h1>${status}</h1><hr>nginx</html>` })],
  ['no system: an empty body', () => ({ body: '' })],
  [
    'a framework',
    (statusCode) => ({ body: { statusCode, error: 'Not Found', message: 'Route POST:/api/job/status not found' } }),
  ],
  ['an API gateway', () => ({ body: { message: 'no Route matched with those values' } })],
  ['an API gateway in other words', () => ({ body: { message: 'Unauthorized', request_id: '1' } })],
  [
    'a cluster',
    (code) => ({ body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'not found', code } }),
  ],
  [
    'a problem document',
    (status) => ({
      headers: { 'content-type': 'application/problem+json' },
      body: { type: 'about:blank', title: 'Not Found', status },
    }),
  ],
  ['a framework, without its status', () => ({ body: { error: 'Not Found', message: 'Route GET:/api/x not found' } })],
  ['a framework whose path names a job', () => ({ body: { message: 'Route POST:/api/job/status not found' } })],
  ['a GraphQL server', () => ({ body: { errors: [{ message: 'no' }] } })],
  ['a list', () => ({ body: [{ error: 'no' }] })],
  ['a maintenance page in JSON', () => ({ body: { maintenance: true, message: 'We will be back' } })],
];

describe.each([400, 401, 402, 403, 404, 405, 410, 422, 501])(
  'I5: a %i ends a job only in the format of the service',
  (status) => {
    test.each(strangers)('not if it comes from %s', async (_, answer) => {
      for (const told of [
        await failureOf(polled({ status, ...answer(status) })),
        await failureOf(deepwriterPolled({ status, ...answer(status) })),
      ]) {
        expect(told).toMatchObject({ kind: 'unavailable', status });
      }
      await expect(cancelled({ status, ...answer(status) })).rejects.toMatchObject({ kind: 'unavailable' });
    });
  },
);

test.each(['Not Found', 'not_found', 'Gone', '404'])(
  'P9: a 404 that says only %j is not about the job',
  async (error) => {
    expect(await failureOf(deepwriterPolled({ status: 404, body: { error } }))).toMatchObject({ kind: 'unavailable' });
    expect(await failureOf(deepwriterPolled({ status: 404, body: { error: 'Job not found' } }))).toMatchObject({
      kind: 'not-found',
    });
  },
);

test.each([
  { error: 'Route not found' },
  { error: 'Cannot GET /api/getJobStatus' },
  { error: true, message: 'Cannot POST /api/job/status' },
  { success: false, error: 'Not found: /api/job/status' },
  { error: 'POST /api/job/status' },
  { error: 'No such endpoint: jobs' },
  { error: 'upstream not found' },
  { error: { code: '404', message: 'The page could not be found' } },
  { error: { code: 404, message: 'Requested entity was not found.', status: 'NOT_FOUND' } },
])('P9: a 404 about a route, a host or a page is not about the job: %j', async (body) => {
  for (const status of [404, 410]) {
    expect(await failureOf(polled({ status, body }))).toMatchObject({ kind: 'unavailable', status });
    expect(await failureOf(deepwriterPolled({ status, body }))).toMatchObject({ kind: 'unavailable', status });
    await expect(cancelled({ status, body })).rejects.toMatchObject({ kind: 'unavailable' });
  }
});

test.each(['Job not found', 'No job with this id on this server', 'Unknown id', 'job_not_found'])(
  'P9: a 404 that says %j is about the job',
  async (error) => {
    expect(await failureOf(deepwriterPolled({ status: 404, body: { error } }))).toMatchObject({ kind: 'not-found' });
  },
);

test.each([407, 421])('a %i comes from a system in between, with any body', async (status) => {
  expect(await failureOf(polled({ status, body: { error: 'no' } }))).toMatchObject({ kind: 'unavailable', status });
});

test('the error about an answer that is not from the service says so, and what to do', async () => {
  const told = await failureOf(polled({ status: 404, headers: text, body: '404 page not found' }));
  expect(told.message).toBe(
    "docswrite: poll failed [http=404]: not the service's own words: something in between may have answered; check the base URL",
  );
});

test('H10: a page of the CDN without its header is not a CDN page', async () => {
  const told = await failureOf(polled({ status: 403, headers: html, body: '<html></html>' }));
  expect(told.message).toBe('docswrite: poll answered by a CDN [http=403]');
});

describe('H11: a missing body needs no decoding, and for an error the status counts', () => {
  const empty = (status: number, encoding: string, headers: Record<string, string> = {}): Answer => ({
    status,
    headers: { 'content-encoding': encoding, ...headers },
    body: '',
  });
  test.each(['gzip', 'br', 'deflate'])('%s', async (encoding) => {
    expect(await cancelled(empty(200, encoding))).toEqual({ status: 'accepted' });
    expect(await cancelled(empty(204, encoding))).toEqual({ status: 'accepted' });
    expect(await failureOf(polled(empty(200, encoding)))).toMatchObject({ kind: 'malformed', status: 200 });
    const limited = await failureOf(polled(empty(429, encoding, { 'retry-after': '7' })));
    expect(limited).toMatchObject({ kind: 'rate-limited', status: 429, retryAfterMs: 7_000 });
    for (const status of [401, 404])
      expect(await failureOf(polled(empty(status, encoding)))).toMatchObject({ kind: 'unavailable', status });
    const garbled = { ...empty(429, encoding, { 'retry-after': '7' }), body: 'no such code' };
    expect(await failureOf(polled(garbled))).toMatchObject({ kind: 'rate-limited', retryAfterMs: 7_000 });
  });
});
