import { once } from 'node:events';
import { type AddressInfo, createServer as createPlainServer, type Server } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diagnoseTls, type Reach } from '../../../src/client-library/tls-diagnosis.ts';
import { createAuthority, type Identity } from '../../support/certificates.ts';

const NAME = 'jobs.abcde.test';
const authority = createAuthority('the authority of the tests');
const another = createAuthority('another');
const own = authority.issue('server', NAME);
const client = authority.issue('client', 'worker');
const stranger = another.issue('client', 'stranger');
const trusting = { serverNameOverride: NAME, serverRootCACertificate: Buffer.from(authority.certificate) };

const servers: Server[] = [];
const addresses: Record<string, string> = {};

async function listen(name: string, server: Server): Promise<void> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  addresses[name] = `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that sends first, as an HTTP/2 server does. */
function tlsServer(options: TlsOptions = {}): Server {
  const server = createServer({ cert: own.certificate, key: own.key, ...options }, (socket) => {
    socket.on('error', () => {}).write('settings');
  });
  return server.on('tlsClientError', () => {});
}

const mutual = { ca: authority.certificate, requestCert: true };

beforeAll(async () => {
  await listen('tls', tlsServer());
  await listen('mutual', tlsServer(mutual));
  await listen('mutual by TLS 1.2', tlsServer({ ...mutual, maxVersion: 'TLSv1.2' }));
  await listen(
    'plain',
    createPlainServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n')),
  );
  await listen('gone', createPlainServer());
  servers.pop()?.close();
});

afterAll(() => {
  for (const server of servers) server.close();
});

const showing = ({ certificate, key }: Identity): Reach['tls'] => ({
  ...trusting,
  clientCertPair: { crt: Buffer.from(certificate), key: Buffer.from(key) },
});

test.each([
  ['tls', trusting, null],
  ['tls', true, 'its certificate is of no authority that is trusted here'],
  [
    'tls',
    { ...trusting, serverRootCACertificate: Buffer.from(another.certificate) },
    'its certificate is of no authority that is trusted here',
  ],
  ['tls', { ...trusting, serverNameOverride: 'else.test' }, 'its certificate is for another name'],
  ['tls', undefined, 'it speaks TLS, and this client does not'],
  ['mutual', showing(client), null],
  ['mutual', trusting, 'it wants a client certificate'],
  ['mutual', showing(stranger), 'it does not take the client certificate'],
  ['mutual by TLS 1.2', trusting, 'it wants a client certificate'],
  ['mutual', undefined, 'it speaks TLS, and this client does not'],
  ['plain', trusting, 'it does not speak TLS'],
  ['plain', undefined, null],
  ['gone', trusting, null],
  ['gone', undefined, null],
] as const)('at a server that is %s, case %#, the problem is reported', async (server, tls, why) => {
  const diagnosis = await diagnoseTls({ address: addresses[server] ?? '', tls });
  expect(diagnosis?.why ?? null).toBe(why);
});
