import { describe, expect, onTestFinished, test } from 'vitest';
import type { Account } from '../../../../src/config/account.ts';
import type { AccountChange } from '../../../../src/config/account-refresh.ts';
import { loadConfig } from '../../../../src/config/index.ts';
import { secretOf } from '../../../../src/config/secret.ts';
import { ProviderError } from '../../../../src/contract/failure.ts';
import type { JobRef } from '../../../../src/contract/job.ts';
import { BUILT_IN_PROVIDERS } from '../../../../src/providers/registry/adapters.ts';
import type { AccountFunction } from '../../../../src/worker-host/accounts/asked.ts';
import { type Accounts, createAccounts } from '../../../../src/worker-host/accounts/directory.ts';
import { IDLE_MS } from '../../../../src/worker-host/accounts/states.ts';
import { eventually } from '../../../support/eventually.ts';
import { answering, calm, type Service } from '../../providers/service.ts';

const running = { status: 200, body: { id: '1', state: 'active' } };

function accountAt(url: string, name: string, token = `FAKE-token-of-${name}`): Account {
  const account = { provider: 'docswrite', name, pool: 'shared', auth: null, requestsPerMinute: null };
  return { ...account, baseUrl: url, secret: secretOf(() => token) };
}

const shareOf = (_: string, { budget }: { budget: number }) => ({ requests: budget, polls: budget });

interface Setup {
  readonly ask?: AccountFunction;
  readonly changes?: AccountChange[];
  readonly now?: () => number;
}

function directory(accounts: readonly Account[], { ask, changes = [], now = Date.now }: Setup = {}) {
  const log: string[] = [];
  const note = (text: string): void => void log.push(text);
  const accountFiles = { refresh: async () => changes.shift() ?? null };
  const created = createAccounts(
    { accounts, knownAccounts: [], accountFiles },
    {
      providers: BUILT_IN_PROVIDERS,
      ask,
      shareOf,
      holdMs: 30_000,
      now,
      random: () => 0,
      log: { warn: note, info: note },
    },
  );
  onTestFinished(created.close);
  return { ...created, log };
}

async function poll({ accountOf }: Accounts, name: string, nth = 1): Promise<string> {
  const job: JobRef = { provider: 'docswrite', jobId: String(nth) };
  const { service } = await accountOf({ ...job, account: name });
  if (service === null) return 'no account';
  try {
    return (await service.limiter.through(`${name}-${nth}`, 'poll', async () => service.poll(job, calm))).state;
  } catch (error) {
    if (error instanceof ProviderError) return `${error.kind}: ${error.message}`;
    throw error;
  }
}

const find = ({ accountOf }: Accounts, name: string) => accountOf({ provider: 'docswrite', jobId: '1', account: name });
const serviceIn = async (accounts: Accounts, name: string) => (await find(accounts, name)).service;
const routeIn = async (accounts: Accounts, name: string) => (await find(accounts, name)).route;

function tokensOf({ seen }: Service): (string | string[] | undefined)[] {
  return seen.map(({ headers }) => headers['x-access-token']);
}

test('an account has a state from its first poll on, and none after 15 min without one', async () => {
  let nowMs = 1_000_000;
  const service = await answering(running);
  const accounts = directory([accountAt(service.url, 'a'), accountAt(service.url, 'b')], { now: () => nowMs });
  expect(accounts.limiters()).toEqual([]);
  expect(await poll(accounts, 'a')).toBe('running');
  expect(accounts.limiters()).toMatchObject([{ provider: 'docswrite', account: 'a' }]);
  nowMs += IDLE_MS;
  expect(await poll(accounts, 'b')).toBe('running');
  expect(accounts.limiters()).toMatchObject([{ provider: 'docswrite', account: 'b' }]);
});

test('200 accounts at one service share its connections, and each sends its own credential', async () => {
  const service = await answering(running);
  const names = Array.from({ length: 200 }, (_, nth) => `customer-${nth}`);
  const accounts = directory(names.map((name) => accountAt(service.url, name)));
  for (const name of names) expect(await poll(accounts, name)).toBe('running');
  expect(service.connections).toBe(1);
  expect(tokensOf(service)).toEqual(names.map((name) => `FAKE-token-of-${name}`));
  const together = 10;
  for (let at = 0; at < names.length; at += together) {
    await Promise.all(names.slice(at, at + together).map((name) => poll(accounts, name)));
  }
  expect(service.connections).toBeLessThanOrEqual(together);
});

test('the names of providers that nobody knows are an error at the start', () => {
  const odd = { ...accountAt('https://x.example', 'a'), provider: 'nobody' };
  expect(() => directory([odd])).toThrow('accounts of providers that this worker does not know: a (provider nobody)');
});

describe('when the accounts change', () => {
  test('the next call uses the new address and credential, and the limiter stays', async () => {
    const [before, after] = [await answering(running), await answering(running)];
    const changes: AccountChange[] = [];
    const accounts = directory([accountAt(before.url, 'a')], { changes });
    const service = await serviceIn(accounts, 'a');
    expect(await poll(accounts, 'a')).toBe('running');
    const limiter = service?.limiter;
    const changed = { ...accountAt(after.url, 'a', 'FAKE-new'), requestsPerMinute: 60, pool: 'emea' };
    changes.push({ accounts: [changed], knownAccounts: [], problems: [] });
    await eventually(() => expect(accounts.log).toHaveLength(1));
    await service?.poll({ provider: 'docswrite', jobId: '1' }, calm); // of an activity that began before
    expect(tokensOf(after)).toEqual(['FAKE-new']);
    expect(service?.limiter).toBe(limiter);
    expect([limiter?.holdMs(), await routeIn(accounts, 'a')]).toEqual([0, { pool: 'emea', requestsPerMinute: 60 }]);
    expect([accounts.warnings(), accounts.pools()]).toEqual([[], ['emea']]);
    expect(accounts.log).toEqual([
      'JOBTRACK_ACCOUNTS has changed: 0 accounts are new, 0 are gone, 1 are different; 1 are served here',
    ]);
  });

  test('I5: calls of an account that is gone, or served elsewhere now, are trouble and no end', async () => {
    const service = await answering(running);
    const changes: AccountChange[] = [];
    const accounts = directory([accountAt(service.url, 'a'), accountAt(service.url, 'b')], { changes });
    const [a, b] = [await serviceIn(accounts, 'a'), await serviceIn(accounts, 'b')];
    const known = { provider: 'docswrite', name: 'b', pool: 'emea', requestsPerMinute: null };
    changes.push({ accounts: [], knownAccounts: [known], problems: [] });
    await eventually(() => expect(accounts.log).toHaveLength(1));
    const job = { provider: 'docswrite', jobId: '1' };
    await expect(a?.poll(job, calm)).rejects.toMatchObject({
      kind: 'unavailable',
      message: 'docswrite: account "a" is not known to this worker any more',
    });
    await expect(b?.cancel(job, calm)).rejects.toMatchObject({
      kind: 'unavailable',
      message: 'docswrite: account "b" is served by the workers of pool emea now',
    });
    expect([await poll(accounts, 'a'), await poll(accounts, 'b')]).toEqual(['no account', 'no account']);
    expect(await routeIn(accounts, 'b')).toEqual({ pool: 'emea', requestsPerMinute: null });
    expect(await routeIn(accounts, 'a')).toBeNull();
    expect(accounts.warnings()).toEqual([expect.stringContaining('serves no account')]);
  });

  test('accounts of a provider that nobody knows are refused, and the others stay', async () => {
    const service = await answering(running);
    const changes: AccountChange[] = [];
    const accounts = directory([accountAt(service.url, 'a')], { changes });
    const odd = { ...accountAt(service.url, 'b'), provider: 'nobody' };
    changes.push({ accounts: [odd], knownAccounts: [], problems: [] });
    await eventually(() => expect(accounts.warnings()).toHaveLength(1));
    expect(accounts.warnings()).toEqual([expect.stringContaining('b (provider nobody)')]);
    expect(await poll(accounts, 'a')).toBe('running');
  });
});

describe('accounts of a function', () => {
  test('come after the configured ones', async () => {
    const service = await answering(running);
    const ask: AccountFunction = (_, name) =>
      name === 'none' ? null : { credential: `FAKE-given-${name}`, baseUrl: service.url, requestsPerMinute: 600 };
    const accounts = directory([accountAt(service.url, 'a')], { ask });
    expect([await poll(accounts, 'a'), await poll(accounts, 'b'), await poll(accounts, 'none')]).toEqual([
      'running',
      'running',
      'no account',
    ]);
    expect(tokensOf(service)).toEqual(['FAKE-token-of-a', 'FAKE-given-b']);
    expect(await routeIn(accounts, 'b')).toEqual({ pool: 'shared', requestsPerMinute: 600 });
  });

  test('I5: while the function fails, a poll is trouble and no end', async () => {
    const accounts = directory([], { ask: () => Promise.reject(new Error('down')) });
    expect(await poll(accounts, 'a')).toBe(
      'unavailable: docswrite: account "a" cannot be looked up: it failed with Error',
    );
    expect(accounts.warnings()).toEqual([expect.stringContaining('the function of accounts fails')]);
  });
});

test('an account that needs a proxy by a wrong variable is not called at all', async () => {
  const { proxyFor } = loadConfig({ HTTPS_PROXY: 'socks5://proxy.example:1' });
  const accounts = createAccounts(
    { accounts: [], knownAccounts: [] },
    {
      providers: BUILT_IN_PROVIDERS,
      shareOf,
      ask: () => ({ credential: 'FAKE-given' }),
      proxyFor,
      holdMs: 0,
      now: Date.now,
      random: () => 0,
      log: { warn: () => undefined, info: () => undefined },
    },
  );
  onTestFinished(accounts.close);
  expect(await poll({ ...accounts }, 'a')).toContain('cannot be reached: HTTPS_PROXY names a SOCKS proxy');
});
