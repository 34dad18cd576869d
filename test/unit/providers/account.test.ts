import { describe, expect, test } from 'vitest';
import { baseUrlProblem, openAccount } from '../../../src/providers/account.ts';
import { deepwriter } from '../../../src/providers/deepwriter/adapter.ts';
import { docswrite } from '../../../src/providers/docswrite/adapter.ts';
import { defineProvider, ProviderError } from '../../../src/providers/provider.ts';
import { PROVIDERS } from '../../../src/providers/registry/traits.ts';
import { BUILT_IN_PROVIDERS } from '../../../src/providers/registry/adapters.ts';
import {
  type Answer,
  answering,
  calm,
  DEEPWRITER_JOB,
  DOCSWRITE_JOB,
  errorOf,
  failureOf,
  open,
  ORG_KEY,
  secretOf,
  SITE_TOKEN,
} from './service.ts';

const ACTIVE: Answer = { body: { data: { state: 'active' } } };

describe('H18: base URLs', () => {
  test.each([
    'https://api.docswrite.com',
    'https://proxy.example:8443/docs',
    'http://localhost:80',
    'http://127.0.0.1:3',
    'http://[::1]:3',
  ])('H18: %s is accepted', (url) => expect(baseUrlProblem(url)).toBeNull());

  test.each([
    ['http://api.docswrite.com', 'must be https, or http on loopback'],
    ['http://127.0.0.1.evil.example', 'must be https, or http on loopback'],
    ['http://localhost.evil.example', 'must be https, or http on loopback'],
    ['ftp://a.example', 'must be https, or http on loopback'],
    ['https://user:hunter2@a.example', 'must not hold a user or password'],
    ['https://a.example/?key=hunter2', 'must not hold a query or fragment'],
    ['https://a.example/?', 'must not hold a query or fragment'],
    ['https://a.example/#x', 'must not hold a query or fragment'],
    ['hunter2', 'is no URL'],
    ['', 'is no URL'],
  ])('H18: %s is refused, and not repeated', (url, problem) => {
    expect(baseUrlProblem(url)).toBe(problem);
    const opening = (): unknown => open(docswrite, url);
    expect(opening).toThrow(new ProviderError('rejected', `docswrite: account "default": base URL ${problem}`));
  });

  test('H18: a trailing slash or /api of a base URL does no harm', async () => {
    const service = await answering(ACTIVE);
    await open(docswrite, `${service.url}/`).poll(DOCSWRITE_JOB, calm);
    await open(docswrite, `${service.url}/proxy/api/`).poll(DOCSWRITE_JOB, calm);
    expect(service.seen.map(({ url }) => url)).toEqual(['/api/job/status', '/proxy/api/job/status']);
  });

  test('an account of another provider, or with an unknown way of authentication, is refused', () => {
    const account = {
      name: 'a',
      provider: 'deepwriter',
      baseUrl: null,
      auth: null,
      secret: secretOf('x'),
      requestsPerMinute: null,
    };
    expect(() => openAccount(docswrite, account)).toThrow('belongs to another provider');
    expect(() => open(docswrite, 'https://a.example', { auth: 'x-api-key' })).toThrow('auth must be one of');
  });
});

describe('the credential', () => {
  const CREDENTIALS = ['authorization', 'x-access-token', 'x-api-key', 'cookie', 'proxy-authorization'];
  test.each([
    [docswrite, ORG_KEY, undefined, { authorization: `Bearer ${ORG_KEY}` }],
    [docswrite, SITE_TOKEN, undefined, { 'x-access-token': SITE_TOKEN }],
    [docswrite, SITE_TOKEN, 'bearer', { authorization: `Bearer ${SITE_TOKEN}` }],
    [docswrite, ORG_KEY, 'x-access-token', { 'x-access-token': ORG_KEY }],
    [deepwriter, SITE_TOKEN, undefined, { authorization: `Bearer ${SITE_TOKEN}` }],
    [deepwriter, 'dpw-0123456789', undefined, { 'x-api-key': 'dpw-0123456789' }],
    [deepwriter, 'dpw-0123456789', 'bearer', { authorization: 'Bearer dpw-0123456789' }],
  ])(
    '2.1, 3.1: $traits.name sends %s by %s in exactly one header, never in the URL',
    async (provider, secret, auth, expected) => {
      const service = await answering({ status: 500 });
      await errorOf(
        open(provider, service.url, auth === undefined ? { secret } : { secret, auth }).poll(DOCSWRITE_JOB, calm),
      );
      const [seen] = service.seen;
      const sent = Object.entries(seen?.headers ?? {}).filter(([name]) => CREDENTIALS.includes(name));
      expect(Object.fromEntries(sent)).toEqual(expected);
      expect(`${seen?.url} ${seen?.body}`).not.toContain(secret);
    },
  );

  test('H25: it is read at each call, so a new one needs no restart', async () => {
    const service = await answering(ACTIVE);
    const values = ['first-token', 'second-token\n'];
    const secret = { ...secretOf(''), reveal: () => values.shift() ?? '' };
    const account = {
      name: 'a',
      provider: 'docswrite',
      baseUrl: service.url,
      auth: null,
      secret,
      requestsPerMinute: null,
    };
    const opened = openAccount(docswrite, account);
    await opened.poll(DOCSWRITE_JOB, calm);
    await opened.poll(DOCSWRITE_JOB, calm);
    expect(service.seen.map(({ headers }) => headers['x-access-token'])).toEqual(['first-token', 'second-token']);
    opened.close();
  });

  test.each([
    ['', 'is empty'],
    [' \n', 'is empty'],
    ['abc\r\nx-admin: 1', 'holds control or non-Latin characters'],
    ['abc\u0000def', 'holds control or non-Latin characters'],
    ['tökén€', 'holds control or non-Latin characters'],
    ['ключ', 'holds control or non-Latin characters'],
  ])('H25: an unusable one is refused by its name before the call: %j', async (secret, why) => {
    const service = await answering(ACTIVE);
    const told = await failureOf(open(docswrite, service.url, { secret }).poll(DOCSWRITE_JOB, calm));
    expect(told).toMatchObject({ kind: 'unauthorized', message: `docswrite: account "default": credential ${why}` });
    expect(service.connections).toBe(0);
  });

  test('H25: an unreadable file is reported without its path; for a cancel it is a reply', async () => {
    const secret = {
      ...secretOf(''),
      reveal: (): string => {
        throw new Error('ENOENT: /run/secrets/hunter2');
      },
    };
    const account = { name: 'a', provider: 'deepwriter', baseUrl: null, auth: null, secret, requestsPerMinute: null };
    const opened = openAccount(deepwriter, account);
    const reason = 'deepwriter: account "a": credential cannot be read';
    expect(await failureOf(opened.poll(DEEPWRITER_JOB, calm))).toMatchObject({ kind: 'unauthorized', message: reason });
    expect(await opened.cancel(DEEPWRITER_JOB, calm)).toEqual({ status: 'unauthorized', reason });
  });
});

describe('accounts', () => {
  test('the registry has an adapter for each provider of the table, and no other', () => {
    expect(BUILT_IN_PROVIDERS.map(({ traits }) => traits)).toEqual(PROVIDERS);
    for (const provider of BUILT_IN_PROVIDERS) expect(provider.cancel !== undefined).toBe(provider.traits.canCancel);
  });

  test('I5: an adapter that fails at an odd answer is trouble of the call', async () => {
    const broken = defineProvider({
      ...docswrite,
      poll: async () => {
        throw new TypeError(`cannot read ${SITE_TOKEN}`);
      },
    });
    expect(await failureOf(open(broken, 'https://a.example').poll(DOCSWRITE_JOB, calm))).toMatchObject({
      kind: 'malformed',
      message: 'docswrite: poll answer unreadable: the adapter failed with TypeError',
    });
  });

  test('2.7: a cancel at a service without one is refused without a call', async () => {
    const service = await answering(ACTIVE);
    expect(await open(docswrite, service.url).cancel(DOCSWRITE_JOB, calm)).toEqual({
      status: 'refused',
      reason: 'docswrite has no cancel',
    });
    expect(service.connections).toBe(0);
  });

  test('close ends the connections', async () => {
    const service = await answering(ACTIVE);
    const account = open(docswrite, service.url);
    await account.poll(DOCSWRITE_JOB, calm);
    account.close();
    await account.poll(DOCSWRITE_JOB, calm);
    expect(service.connections).toBe(2);
  });
});
