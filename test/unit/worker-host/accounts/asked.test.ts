import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BUILT_IN_PROVIDERS } from '../../../../src/providers/registry/adapters.ts';
import { knownSecrets } from '../../../../src/config/known-secrets.ts';
import { type AccountFunction, createAskedAccounts } from '../../../../src/worker-host/accounts/asked.ts';
import { IDLE_MS } from '../../../../src/worker-host/accounts/states.ts';

const ACME = { provider: 'docswrite', name: 'acme' };
const CREDENTIAL = 'FAKE-of-acme-0123456789';

function rig(ask: AccountFunction) {
  let nowMs = 0;
  const log: string[] = [];
  const calls: string[] = [];
  const accounts = createAskedAccounts({
    ask: (provider, name) => {
      calls.push(`${provider}/${name}`);
      return ask(provider, name);
    },
    providers: BUILT_IN_PROVIDERS,
    now: () => nowMs,
    log: { warn: (text) => log.push(`warn ${text}`), info: (text) => log.push(`info ${text}`) },
  });
  return { ...accounts, log, calls, pass: (ms: number) => (nowMs += ms) };
}

test('an answer becomes an account, and its credential is masked', async () => {
  const { find } = rig(() => ({ credential: ` ${CREDENTIAL}\n`, baseUrl: 'https://d.example/api', pool: null }));
  const found = await find(ACME);
  expect(found).toMatchObject({
    is: 'served',
    account: { ...ACME, pool: 'shared', baseUrl: 'https://d.example', auth: null, requestsPerMinute: null },
  });
  expect(found.is === 'served' && (await found.account.secret.reveal())).toBe(CREDENTIAL);
  expect(knownSecrets().secrets.has(CREDENTIAL)).toBe(true);
  expect(JSON.stringify(found)).not.toContain(CREDENTIAL);
});

test('an account without a credential is known here and served by the workers of its pool', async () => {
  const { find, last } = rig(async () => ({ pool: 'emea', requestsPerMinute: 60 }));
  const account = { ...ACME, pool: 'emea', requestsPerMinute: 60 };
  expect(await find(ACME)).toEqual({ is: 'known', account });
  expect([last('docswrite/acme'), last('docswrite/other')]).toEqual([account, null]);
});

test('an answer, also null, counts for 30 s; the same answer is the same account', async () => {
  let given: { credential: string } | null = null;
  const { find, calls, pass } = rig(() => given);
  expect(await find(ACME)).toEqual({ is: 'unknown' });
  given = { credential: CREDENTIAL };
  pass(29_999);
  expect(await find(ACME)).toEqual({ is: 'unknown' });
  pass(1);
  const first = await find(ACME);
  pass(30_000);
  given = { credential: CREDENTIAL };
  expect(await find(ACME)).toBe(first);
  given = { credential: 'another' };
  pass(30_000);
  expect(await find(ACME)).not.toBe(first);
  expect(calls).toHaveLength(4);
});

test('calls at the same time share one call; names and providers that cannot be are not asked for', async () => {
  const { find, calls } = rig(async () => null);
  await Promise.all([find(ACME), find(ACME), find({ ...ACME, name: 'other' })]);
  await Promise.all([find({ ...ACME, name: 'No Name' }), find({ ...ACME, provider: 'nobody' })]);
  expect(calls).toEqual(['docswrite/acme', 'docswrite/other']);
});

test('an answer is forgotten when nobody asked for it for 15 min', async () => {
  const { find, last, pass, prune } = rig(() => ({ credential: CREDENTIAL }));
  await find(ACME);
  pass(IDLE_MS);
  prune();
  expect(last('docswrite/acme')).toBeNull();
});

describe('I2, I5: while the function fails', () => {
  const secret = 'hunter2-in-an-error-of-the-vault';

  test('the last good answer stays, and is replaced when the function answers again', async () => {
    let answers: () => { credential: string } = () => ({ credential: CREDENTIAL });
    const { find, log, trouble, pass, calls } = rig(() => answers());
    const good = await find(ACME);
    answers = () => {
      throw Object.assign(new Error(secret), { code: 'ECONNREFUSED' });
    };
    pass(30_000);
    expect(await find(ACME)).toBe(good);
    pass(4_999);
    expect([await find(ACME), calls.length]).toEqual([good, 2]);
    const text =
      'the function of accounts fails, so the last good answers stay: docswrite/acme: it failed with ECONNREFUSED';
    expect([log, trouble()]).toEqual([[`warn ${text}`], text]);
    answers = () => ({ credential: 'another' });
    pass(1);
    expect(await find(ACME)).toBe(good); // asked again in the background
    await vi.waitFor(async () => expect(await find(ACME)).not.toBe(good));
    expect([log.slice(1), trouble()]).toEqual([['info the function of accounts answers again'], null]);
  });

  test.each<[string, AccountFunction, string]>([
    ['throws', () => Promise.reject(new TypeError(secret)), 'it failed with TypeError'],
    ['throws a text', () => Promise.reject(secret), 'it failed with string'],
    ['gives a text', () => secret as never, 'its answer is wrong: must be an object of credential, pool,'],
    [
      'gives an unknown field',
      () => ({ credential: 'a', [secret]: 1 }),
      'its answer is wrong: has a field that is not known',
    ],
    ['gives nothing', () => ({}), 'its answer is wrong: needs a credential, or a pool whose workers have it'],
    ['gives an empty credential', () => ({ credential: ' ' }), 'its answer is wrong: credential is empty'],
    ['gives a number', () => ({ credential: 5 as never }), 'its answer is wrong: credential must be text'],
    [
      'gives a wrong budget',
      () => ({ credential: 'a', requestsPerMinute: 1.5 }),
      'its answer is wrong: requestsPerMinute must be',
    ],
    [
      'gives a wrong pool',
      () => ({ credential: 'a', pool: secret.toUpperCase() }),
      'its answer is wrong: pool must be 1 to 40',
    ],
    [
      'gives a wrong base URL',
      () => ({ credential: 'a', baseUrl: `http://${secret}` }),
      'its answer is wrong: baseUrl must begin with',
    ],
    [
      'gives a wrong auth',
      () => ({ credential: 'a', auth: 'odd' }),
      'its answer is wrong: auth must be x-access-token or bearer',
    ],
  ])('a function that %s makes the account unavailable, and quotes nothing', async (_, ask, problem) => {
    const { find, log } = rig(ask);
    const found = await find(ACME);
    expect(found).toEqual({ is: 'unavailable', problem: expect.stringContaining(problem) });
    expect(JSON.stringify([found, log])).not.toContain(secret);
  });

  test('of many accounts the log gets one line', async () => {
    const { find, log, trouble } = rig(() => Promise.reject(new Error('down')));
    await Promise.all(['a', 'b', 'c'].map((name) => find({ ...ACME, name })));
    expect(log).toHaveLength(1);
    expect(trouble()).toContain('docswrite/a: it failed with Error; and 2 more accounts');
  });
});

describe('a function that does not answer', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('is given up after 10 s, and asked again 30 s later', async () => {
    const { find, calls, pass } = rig(() => new Promise(() => undefined));
    const asked = find(ACME);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await asked).toEqual({ is: 'unavailable', problem: 'no answer within 10 s' });
    pass(29_999);
    await find(ACME);
    expect(calls).toHaveLength(1);
    pass(1);
    void find(ACME);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(calls).toHaveLength(2);
  });
});
