import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openAccount } from '../../../../src/providers/account.ts';
import { docswrite } from '../../../../src/providers/docswrite/adapter.ts';
import { createAuthority, type Identity } from '../../../support/certificates.ts';
import { type ConnectProxy, type ConnectProxyOptions, startConnectProxy } from '../../../support/connect-proxy.ts';
import { scratchFolder } from '../../../support/scratch.ts';
import { answering, calm, DOCSWRITE_JOB, failureOf, secretOf, SITE_TOKEN } from '../service.ts';

const HOST = 'service.example';
const PASSWORD = 'made-up-Pa55word';

async function proxyTo(options: Partial<ConnectProxyOptions>): Promise<ConnectProxy> {
  const proxy = await startConnectProxy({ target: '127.0.0.1:1', ...options });
  onTestFinished(proxy.close);
  return proxy;
}

/** @returns `host:port` of an https service that says that job 42 runs */
async function httpsService({ certificate, key }: Identity): Promise<string> {
  const server = createServer({ cert: certificate, key }, (_, response) =>
    response.end(JSON.stringify({ success: true, data: { id: '42', state: 'active' } })),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Node reads NODE_EXTRA_CA_CERTS when it starts, so each call runs in a process of its own. */
async function pollsOfProcess(env: Record<string, string>): Promise<string[]> {
  const script = join(import.meta.dirname, '../../../support/fixtures/polls-by-https.ts');
  const own = { PATH: process.env['PATH'] ?? '', DOCSWRITE_TOKEN: SITE_TOKEN, DOCSWRITE_BASE_URL: `https://${HOST}` };
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script], {
    env: { ...own, ...env },
  });
  return JSON.parse(stdout) as string[];
}

describe('a service of a private authority behind a proxy that wants a password', () => {
  const authority = createAuthority('private authority');

  async function scene(): Promise<{ proxy: ConnectProxy; env: Record<string, string> }> {
    const target = await httpsService(authority.issue('server', HOST));
    const proxy = await proxyTo({ target, credentials: `worker:${PASSWORD}` });
    return { proxy, env: { HTTPS_PROXY: `http://worker:${PASSWORD}@${proxy.address}` } };
  }

  test('is polled over one tunnel, its certificate checked against NODE_EXTRA_CA_CERTS', async () => {
    const { proxy, env } = await scene();
    const file = join(await scratchFolder(), 'authority.pem');
    await writeFile(file, authority.certificate);
    expect(await pollsOfProcess({ ...env, NODE_EXTRA_CA_CERTS: file })).toEqual(['running', 'running', 'running']);
    expect(proxy.asked).toEqual([`${HOST}:443`]);
  });

  test('is refused without NODE_EXTRA_CA_CERTS, which the message names', async () => {
    const { proxy, env } = await scene();
    const [first] = await pollsOfProcess(env);
    expect(first).toContain('NODE_EXTRA_CA_CERTS');
    expect(first).toMatch(/^docswrite: poll refused by us \[code=\w+\]/);
    expect(proxy.asked).toHaveLength(3);
  });
});

const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

function throughProxy(address: string, timeouts = {}) {
  const account = {
    name: 'default',
    provider: 'docswrite',
    baseUrl: `https://${HOST}`,
    auth: null,
    secret: secretOf(SITE_TOKEN),
    requestsPerMinute: null,
  };
  const proxy = { variable: 'HTTPS_PROXY', address, url: () => `http://worker:${PASSWORD}@${address}` };
  const open = openAccount(docswrite, account, { timeouts, proxyFor: () => proxy });
  onTestFinished(() => open.close());
  return open;
}

describe('I5: an answer of a proxy is trouble of the connection, never an answer of the service', () => {
  test.each([
    [407, 'failed [proxy=407]: the proxy wants a user and password, or other ones'],
    [401, 'failed [proxy=401]: the proxy opens no way to the service'],
    [403, 'failed [proxy=403]: the proxy opens no way to the service'],
    [404, 'failed [proxy=404]: the proxy opens no way to the service'],
    [502, 'failed [proxy=502]: the proxy opens no way to the service'],
  ])('%i', async (answer, message) => {
    const proxy = await proxyTo({ answer });
    const told = await failureOf(throughProxy(proxy.address).poll(DOCSWRITE_JOB, calm));
    expect(told).toMatchObject({ kind: 'unavailable', status: null, message: `docswrite: poll ${message}` });
  });

  test.skipIf(!hasIPv6)('407, from a proxy by an IPv6 address', async () => {
    const proxy = await proxyTo({ host: '::1', answer: 407 });
    const told = await failureOf(throughProxy(proxy.address).poll(DOCSWRITE_JOB, calm));
    expect([told.message, proxy.asked]).toEqual([
      'docswrite: poll failed [proxy=407]: the proxy wants a user and password, or other ones',
      [`${HOST}:443`],
    ]);
  });

  test('no proxy listens at the address', async () => {
    const told = await failureOf(throughProxy('127.0.0.1:1').poll(DOCSWRITE_JOB, calm));
    const message = 'docswrite: poll failed [code=ECONNREFUSED]: no connection to the proxy';
    expect(told).toMatchObject({ kind: 'unavailable', message });
  });

  test('a proxy that does not answer costs no more than the time to connect', async () => {
    const proxy = await proxyTo({ answer: 'silent' });
    const told = await failureOf(throughProxy(proxy.address, { connectMs: 50 }).poll(DOCSWRITE_JOB, calm));
    const message = 'docswrite: poll failed [phase=proxy]: the proxy opens no way to the service in time';
    expect(told).toMatchObject({ kind: 'unavailable', message });
  });

  test('a service behind the proxy that never begins TLS costs no more than the whole time', async () => {
    const mute = createTcpServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void mute.close());
    const proxy = await proxyTo({
      target: `127.0.0.1:${(mute.address() as AddressInfo).port}`,
      credentials: `worker:${PASSWORD}`,
    });
    const told = await failureOf(throughProxy(proxy.address, { totalMs: 200 }).poll(DOCSWRITE_JOB, calm));
    expect(told).toMatchObject({ kind: 'unavailable', message: 'docswrite: poll timed out [phase=total]' });
  });

  test('a caller who gives up while the proxy is silent need not wait', async () => {
    const proxy = await proxyTo({ answer: 'silent' });
    const controller = new AbortController();
    const polling = throughProxy(proxy.address).poll(DOCSWRITE_JOB, controller.signal);
    await expect.poll(() => proxy.asked.length).toBe(1);
    controller.abort(new Error('the worker stops'));
    await expect(polling).rejects.toThrow('the worker stops');
  });
});

test('a service on this machine is called by http and directly, with any proxy', async () => {
  const service = await answering({ body: { success: true, data: { id: '42', state: 'active' } } });
  const env = {
    DOCSWRITE_TOKEN: SITE_TOKEN,
    DOCSWRITE_BASE_URL: service.url,
    HTTP_PROXY: 'http://127.0.0.1:1',
    HTTPS_PROXY: 'http://127.0.0.1:1',
  };
  expect(await pollsOfProcess(env)).toEqual(['running', 'running', 'running']);
});
