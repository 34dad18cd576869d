import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { runCommandLine } from '../../../src/cli/program.ts';
import { createJobTracker } from '../../../src/client.ts';
import { loadTemporalConfig } from '../../../src/config/index.ts';
import { connect } from '../../../src/worker-host/connect.ts';
import { createAuthority } from '../../support/certificates.ts';
import { startCloudProxy } from '../../support/cloud-proxy.ts';
import { type ConnectProxy, type ConnectProxyOptions, startConnectProxy } from '../../support/connect-proxy.ts';

const HOST = 'temporal.example';
const PASSWORD = 'made-up-Pa55word';
const authority = createAuthority('private authority');
/** A client with this refusal has reached the server: the TLS handshake has succeeded, and the server has answered a call. */
const REFUSED = 'refuses the credential: Request unauthorized';

/** Starts a server that speaks gRPC over TLS as Temporal Cloud does. It refuses every key except one. */
async function server(): Promise<string> {
  const behind = createServer();
  await new Promise<void>((resolve) => behind.listen(0, '127.0.0.1', resolve));
  const cloud = await startCloudProxy({
    target: `127.0.0.1:${(behind.address() as AddressInfo).port}`,
    identity: authority.issue('server', HOST),
    admits: { apiKey: 'another', namespaces: [] },
    operatorStatus: 'PERMISSION_DENIED',
  });
  onTestFinished(async () => {
    await cloud.close();
    behind.close();
  });
  return cloud.address;
}

async function proxyTo(options: Partial<ConnectProxyOptions>): Promise<ConnectProxy> {
  const proxy = await startConnectProxy({ target: '127.0.0.1:1', credentials: `worker:${PASSWORD}`, ...options });
  onTestFinished(proxy.close);
  return proxy;
}

function envOf(address: string, proxy: ConnectProxy): Record<string, string> {
  return {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_API_KEY: 'a-key-that-is-made-up',
    TEMPORAL_TLS_SERVER_CA_CERT_DATA: authority.certificate,
    // Through a proxy the certificate has the name in the address.
    ...(address.startsWith(HOST) ? {} : { TEMPORAL_TLS_SERVER_NAME: HOST }),
    HTTPS_PROXY: `http://worker:${PASSWORD}@${proxy.address}`,
  };
}

/** @returns the output of the command line, on both streams */
async function list(env: Record<string, string>): Promise<string> {
  let said = '';
  const sink = { write: (text: string) => (said += text) };
  await runCommandLine({ argv: ['list', '--json'], env, stdout: sink, stderr: sink });
  return said;
}

async function workerConnects(env: Record<string, string>): Promise<string> {
  return connect(loadTemporalConfig(env).connectionOptions).then(
    async (connection) => (await connection.close(), 'connected'),
    (error: Error) => error.message,
  );
}

afterEach(() => vi.unstubAllEnvs());

test.each([
  ['the command line', list],
  ['the worker', workerConnects],
])('%s reaches Temporal through the proxy, with user and password', async (_, ask) => {
  const proxy = await proxyTo({ target: await server() });
  expect(await ask(envOf(`${HOST}:7233`, proxy))).toContain(REFUSED);
  expect(new Set(proxy.asked)).toEqual(new Set([`${HOST}:7233`]));
});

test('the port of Temporal may be left out behind a proxy, too', async () => {
  const proxy = await proxyTo({ target: await server() });
  expect(await list(envOf(HOST, proxy))).toContain(REFUSED);
  expect(new Set(proxy.asked)).toEqual(new Set([`${HOST}:7233`]));
});

test.each([
  ['the command line', list],
  ['the worker', workerConnects],
])('%s reaches a server on this machine without the proxy in the environment of the process', async (_, ask) => {
  const proxy = await proxyTo({});
  for (const name of ['https_proxy', 'http_proxy', 'grpc_proxy', 'HTTPS_PROXY', 'ALL_PROXY'])
    vi.stubEnv(name, `http://${proxy.address}`);
  expect(await ask({ ...envOf(await server(), proxy), grpc_proxy: `http://${proxy.address}` })).toContain(REFUSED);
  expect(proxy.asked).toEqual([]);
});

test('a tracker that a program creates by address reaches such a server without the proxy, too', async () => {
  const proxy = await proxyTo({});
  vi.stubEnv('https_proxy', `http://${proxy.address}`);
  const tls = { serverRootCACertificate: Buffer.from(authority.certificate), serverNameOverride: HOST };
  const tracker = createJobTracker({ address: await server(), tls, apiKey: 'a-key-that-is-made-up' });
  await expect(tracker.get('job:docswrite:default:post:1').progress()).rejects.toThrow('refuses the credential');
  await tracker.close();
  expect(proxy.asked).toEqual([]);
});

test.each([
  ['the command line', list],
  ['the worker', workerConnects],
])('I2: %s says that the proxy opens no tunnel, and does not show the password', async (_, ask) => {
  const proxy = await proxyTo({ credentials: 'somebody:else' });
  const said = await ask(envOf(`${HOST}:7233`, proxy));
  expect(said).toContain(`the proxy ${proxy.address} opens no way to it [http=407]`);
  expect(said.toLowerCase()).toContain('check the user and password in https_proxy');
  expect(said).not.toContain(PASSWORD);
});
