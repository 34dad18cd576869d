import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ProviderError } from '../../../src/contract/failure.ts';
import type { Snapshot } from '../../../src/contract/job.ts';
import { docswrite } from '../../../src/providers/docswrite/adapter.ts';
import { defineProvider } from '../../../src/providers/provider.ts';
import {
  type Answer,
  calm,
  cancelled,
  DOCSWRITE_JOB,
  errorOf,
  failureOf,
  open,
  ORG_KEY,
  polled,
  serviceOf,
} from './service.ts';

describe('I2: no credential leaves in an error', () => {
  const echo = `token ${ORG_KEY}, ${ORG_KEY.toUpperCase()} and ${encodeURIComponent(ORG_KEY)}`;
  const failures: [string, Answer][] = [
    ['a refusal', { status: 401, body: { error: true, message: echo, details: echo } }],
    ['a code', { status: 401, body: { error: true, code: ORG_KEY, message: 'no' } }],
    ['a missing job', { status: 404, body: { error: echo } }],
    ['a limit', { status: 429, headers: { 'retry-after': ORG_KEY }, body: { message: echo } }],
    ['plain text', { status: 400, body: echo }],
    ['a page', { status: 403, headers: { 'cf-ray': ORG_KEY }, body: `<html>${echo}</html>` }],
    ['a failing server', { status: 500, body: { message: echo } }],
    ['a redirect', { status: 302, headers: { location: `https://${ORG_KEY}.example/${ORG_KEY}` } }],
    ['an envelope under 200', { body: { success: false, error: echo } }],
    ['no JSON', { body: echo }],
    ['no state', { body: { data: { [ORG_KEY]: ORG_KEY } } }],
    ['another job', { body: { data: { id: ORG_KEY, state: 'active' } } }],
    ['a bad encoding', { headers: { 'content-encoding': 'gzip' }, body: echo }],
    ['too large', { body: echo.repeat(20_000) }],
  ];
  const traces = (error: Error): string =>
    [
      error.message,
      error.stack,
      String(error),
      JSON.stringify(error),
      inspect(error, { depth: 12, showHidden: true }),
    ].join('\n');

  test.each(failures)('I2: after %s', async (_, answer) => {
    const error = await errorOf(polled(answer, { secret: ORG_KEY }));
    expect(traces(error).toLowerCase()).not.toContain(ORG_KEY.toLowerCase());
    expect(error.cause).toBeUndefined();
  });

  test('I2: after network failures, whose errors hold the request with its headers', async () => {
    const { url } = await serviceOf((response) => response.destroy());
    for (const address of [url, 'http://127.0.0.1:1', url.replace('http', 'https')]) {
      const error = await errorOf(open(docswrite, address, { secret: ORG_KEY }).poll(DOCSWRITE_JOB, calm));
      expect(traces(error)).not.toContain(ORG_KEY);
    }
  });

  test('I2: after a time-out', async () => {
    const { url } = await serviceOf(() => undefined);
    const account = open(docswrite, url, { secret: ORG_KEY, timeouts: { totalMs: 30 } });
    expect(traces(await errorOf(account.poll(DOCSWRITE_JOB, calm)))).not.toContain(ORG_KEY);
  });

  test('I2: a credential with special characters is masked, as sent and URL-encoded', async () => {
    const secret = 'a+b/(c)$[d]\\e|f-g==';
    const message = `${secret} and ${encodeURIComponent(secret)} and ${JSON.stringify(secret)}`;
    const told = await failureOf(polled({ status: 401, body: { error: true, message } }, { secret }));
    expect(told.message).toContain(': [redacted] and [redacted] and "');
    expect(told.message).not.toContain(encodeURIComponent(secret));
  });

  test('I2: a service that repeats it in job data does not bring it into a snapshot', async () => {
    const body = `{"data":{"state":"completed","failedReason":"${ORG_KEY}","returnValue":{"t":["\\u0064${ORG_KEY.slice(1)}"],"${ORG_KEY}":1}}}`;
    const snapshot = await polled({ body }, { secret: ORG_KEY });
    expect(snapshot).toMatchObject({
      lastError: '[redacted]',
      result: { value: { t: ['[redacted]'], '[redacted]': 1 } },
    });
  });

  const SPLIT = ORG_KEY.split('').join('\u0007');
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const forms: [string, string][] = [
    ['split by a control character', `${ORG_KEY.slice(0, 9)}\u0007${ORG_KEY.slice(9)}`],
    ['split by a control character everywhere', SPLIT],
    ['split by a zero-width character', `${ORG_KEY.slice(0, 9)}\u200b${ORG_KEY.slice(9)}`],
    ['split by an escape sequence', `${ORG_KEY.slice(0, 9)}\u001b[31m${ORG_KEY.slice(9)}`],
    ['as JSON in a text', JSON.stringify({ token: ORG_KEY })],
    ['in base64', base64(ORG_KEY)],
    ['in base64 behind one byte', base64(`:${ORG_KEY}`)],
    ['in base64 behind two bytes, and with more after it', base64(`a:${ORG_KEY}:rest`)],
    ['in hex', Buffer.from(ORG_KEY).toString('hex')],
    ['in capitals', ORG_KEY.toUpperCase()],
  ];

  test.each(forms)(
    'I2: a credential that a service echoes %s is in no field of a snapshot and in no failure',
    async (_, echoed) => {
      const data = { state: 'completed', failedReason: echoed, returnValue: { [echoed]: [echoed], message: echoed } };
      const snapshot = await polled({ body: { data } }, { secret: ORG_KEY });
      const failure = await failureOf(
        polled({ status: 400, body: { error: true, message: echoed, details: echoed } }, { secret: ORG_KEY }),
      );
      for (const text of [JSON.stringify(snapshot), failure.message]) {
        const seen = JSON.stringify(text).replace(/\\\\u00(07|1b)|\u200b|\[31m/g, '');
        expect(seen).toContain('[redacted]');
        expect(seen.toLowerCase()).not.toContain(ORG_KEY.slice(4, 16).toLowerCase());
        expect(seen).not.toContain(base64(ORG_KEY).slice(3, 14));
      }
    },
  );

  const split = `${ORG_KEY.slice(0, 12)}\u0007${ORG_KEY.slice(12)}`;
  test('I2: a service that splits it by a control character does not bring it into a snapshot', async () => {
    const returnValue = { post_url: `https://a.example/${ORG_KEY}`, text: split, image_failures: [split] };
    const body = { data: { state: 'completed', failedReason: split, returnValue } };
    const snapshot = await polled({ body }, { secret: ORG_KEY });
    expect(snapshot.lastError).toBe('[redacted]');
    expect(snapshot.result?.warnings).toEqual(['image failed: [redacted]']);
    expect(JSON.stringify(snapshot).replaceAll('\\u0007', '')).not.toContain(ORG_KEY);
    const told = await failureOf(polled({ status: 401, body: { error: true, message: split } }, { secret: ORG_KEY }));
    expect(told.message).toBe('docswrite: poll refused [http=401]: [redacted]');
  });

  test('I2: an adapter that joins it itself brings it neither into a snapshot, nor an error, nor a reply', async () => {
    const { url } = await serviceOf((response) => response.end('{}'));
    const known = await polled({ body: { data: { state: 'active' } } });
    const snapshot: Snapshot = {
      ...known,
      title: split,
      stage: ORG_KEY,
      createdAt: ORG_KEY,
      details: { [ORG_KEY]: [split] },
      result: { value: { a: split }, link: `https://a.example/${ORG_KEY}`, warnings: [split] },
    };
    const error = new ProviderError('rejected', split, { status: 400, cause: new Error(ORG_KEY) });
    const telling = defineProvider({
      ...docswrite,
      traits: { ...docswrite.traits, canCancel: true },
      poll: async ({ jobId }) => (jobId === '1' ? snapshot : Promise.reject(error)),
      cancel: async () => ({ status: 'refused', reason: split }),
    });
    const account = open(telling, url, { secret: ORG_KEY });
    expect(await account.poll({ provider: 'docswrite', jobId: '1' }, calm)).toEqual({
      ...known,
      title: '[redacted]',
      stage: '[redacted]',
      createdAt: '[redacted]',
      details: { '[redacted]': ['[redacted]'] },
      result: { value: { a: '[redacted]' }, link: null, warnings: ['[redacted]'] },
    });
    const thrown = await errorOf(account.poll(DOCSWRITE_JOB, calm));
    expect(thrown).toMatchObject({ kind: 'rejected', status: 400, message: '[redacted]' });
    expect(traces(thrown).replaceAll('\u0007', '')).not.toContain(ORG_KEY);
    expect(await account.cancel(DOCSWRITE_JOB, calm)).toEqual({ status: 'refused', reason: '[redacted]' });
  });

  test('I2: an adapter that fails because of the credential does not quote it', async () => {
    const quoting = defineProvider({
      ...docswrite,
      authHeader: (secret) => {
        throw new TypeError(`bad header ${secret}`);
      },
    });
    const error = await errorOf(open(quoting, 'https://a.example', { secret: ORG_KEY }).poll(DOCSWRITE_JOB, calm));
    expect(error).toMatchObject({ kind: 'malformed' });
    expect(traces(error)).not.toContain(ORG_KEY);
  });

  test('I2: a cancel that is refused', async () => {
    expect(await cancelled({ status: 400, body: { error: echo } }, { secret: ORG_KEY })).toEqual({
      status: 'refused',
      reason: 'deepwriter: cancel refused [http=400]: token [redacted], [redacted] and [redacted]',
    });
  });
});
