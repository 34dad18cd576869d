import { getEventListeners } from 'node:events';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { docswrite } from '../../../../src/providers/docswrite/adapter.ts';
import { answering, calm, DOCSWRITE_JOB, failureOf, open, polled, serviceOf, type Told } from '../service.ts';
import { selfSignedServer } from './certificate.ts';

const ACTIVE = JSON.stringify({ success: true, data: { id: '42', state: 'active' } });

/** Starts a raw TCP service. `serve` writes each byte of the answer itself. */
async function rawService(serve: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => serve(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function toldBy(serve: (socket: Socket) => void): Promise<Told> {
  return failureOf(open(docswrite, await rawService(serve)).poll(DOCSWRITE_JOB, calm));
}

describe('H13: cut bodies are transient', () => {
  const half = ACTIVE.slice(0, 20);
  test.each([
    ['Content-Length', `HTTP/1.1 200 OK\r\nContent-Length: ${ACTIVE.length}\r\n\r\n${half}`],
    ['chunks', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${half.length.toString(16)}\r\n${half}\r\n`],
    ['the end of the connection', `HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${half}`],
  ])('H13: a body that was to end by %s', async (_, text) => {
    const told = await toldBy((socket) => socket.end(text));
    expect(told).toMatchObject({ kind: 'unavailable', edge: false });
  });

  test('H13: a compressed body', async () => {
    const cut = gzipSync(ACTIVE.repeat(20)).subarray(0, -12);
    const head = 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n';
    const told = await toldBy((socket) => socket.end(Buffer.concat([Buffer.from(head), cut])));
    expect(told).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('the body was cut') });
  });

  test('H13: text that is no JSON and ends with the connection does not count as cut', async () => {
    const told = await toldBy((socket) => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello'));
    expect(told.kind).toBe('malformed');
  });
});

describe('H15: size', () => {
  const big = { data: { id: '42', state: 'completed', returnValue: 'x'.repeat(1_024 * 1_024) } };

  test('H15: reading stops above 1 MiB', async () => {
    expect(await failureOf(polled({ body: big }))).toMatchObject({
      kind: 'malformed',
      message: 'docswrite: poll answer unreadable: more than 1048576 bytes',
    });
  });

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('H15: for a small %s body the decoded bytes count, while it streams', async (encoding, compress) => {
    const body = compress(Buffer.alloc(50 * 1_024 * 1_024, 'a'));
    expect(body.length).toBeLessThan(100_000);
    const told = await failureOf(polled({ headers: { 'content-encoding': encoding }, body }));
    expect(told).toMatchObject({ kind: 'malformed', message: expect.stringContaining('more than 1048576 bytes') });
  });

  test('H15: for an error the status counts, even if its body is too large to be read', async () => {
    const told = await failureOf(polled({ status: 500, body: 'x'.repeat(1_100_000) }));
    expect(told).toMatchObject({ kind: 'unavailable', status: 500 });
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('H15: an ordinary %s body is read', async (encoding, compress) => {
    const body = compress(ACTIVE);
    expect(await polled({ headers: { 'content-encoding': encoding }, body })).toMatchObject({ state: 'running' });
  });

  test('H12: a body that is not in its encoding is malformed', async () => {
    const told = await failureOf(polled({ headers: { 'content-encoding': 'gzip' }, body: ACTIVE }));
    expect(told.kind).toBe('malformed');
  });
});

describe('H19: timeouts', () => {
  const phases = { connectMs: 10_000, headersMs: 10_000, silenceMs: 10_000, totalMs: 10_000 };

  test('H19: headers that do not come', async () => {
    const { url } = await serviceOf(() => undefined);
    const told = await failureOf(
      open(docswrite, url, { timeouts: { ...phases, headersMs: 40 } }).poll(DOCSWRITE_JOB, calm),
    );
    expect(told).toMatchObject({ kind: 'unavailable', message: 'docswrite: poll timed out [phase=headers]' });
  });

  test('H19: a body that stops', async () => {
    const { url } = await serviceOf((response) => response.writeHead(200).write('{"data":'));
    const told = await failureOf(
      open(docswrite, url, { timeouts: { ...phases, silenceMs: 40 } }).poll(DOCSWRITE_JOB, calm),
    );
    expect(told).toMatchObject({ kind: 'unavailable', message: 'docswrite: poll timed out [phase=body]' });
  });

  test('H19: a slow body is not a silent one', async () => {
    const { url } = await serviceOf((response) => {
      response.writeHead(200);
      let drips = 0;
      const drip = setInterval(() => {
        drips += 1;
        if (drips < 20) response.write(' ');
        else response.end(ACTIVE);
      }, 100);
      response.on('close', () => clearInterval(drip));
    });
    const account = open(docswrite, url, { timeouts: { ...phases, totalMs: 60_000, silenceMs: 1_500 } });
    expect(await account.poll(DOCSWRITE_JOB, calm)).toMatchObject({ state: 'running' });
  });

  test('H19: a body that trickles without end', async () => {
    const { url } = await serviceOf((response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(drip));
    });
    const told = await failureOf(
      open(docswrite, url, { timeouts: { ...phases, totalMs: 120 } }).poll(DOCSWRITE_JOB, calm),
    );
    expect(told).toMatchObject({ kind: 'unavailable', message: 'docswrite: poll timed out [phase=total]' });
  });

  test('H19: a TLS handshake without an answer', async () => {
    const url = await rawService(() => undefined);
    const account = open(docswrite, url.replace('http:', 'https:'), { timeouts: { ...phases, connectMs: 40 } });
    expect(await failureOf(account.poll(DOCSWRITE_JOB, calm))).toMatchObject({
      kind: 'unavailable',
      message: 'docswrite: poll timed out [phase=tls]',
    });
  });

  test('H9: a time limit beyond what timers can hold is a long one, not none at all', async () => {
    const { url } = await answering({ body: ACTIVE });
    const timeouts = { connectMs: 1e12, headersMs: 1e12, silenceMs: 1e12, totalMs: 1e12 };
    expect(await open(docswrite, url, { timeouts }).poll(DOCSWRITE_JOB, calm)).toMatchObject({ state: 'running' });
  });
});

describe('H19: the signal covers everything', () => {
  test.each([
    ['before the call', (abort: () => void) => abort(), null],
    ['while waiting for headers', null, (_: unknown, abort: () => void) => abort()],
    [
      'while reading the body',
      null,
      (write: (text: string) => void, abort: () => void) => {
        write('{"data":');
        setImmediate(abort);
      },
    ],
  ])('H19: aborted %s, it throws the reason of the abort', async (_, before, during) => {
    const controller = new AbortController();
    const abort = (): void => controller.abort(new Error('the worker stops'));
    const { url } = await serviceOf((response) => during?.((text) => response.write(text), abort));
    before?.(abort);
    await expect(open(docswrite, url).poll(DOCSWRITE_JOB, controller.signal)).rejects.toThrow('the worker stops');
  });

  test('H19: a signal that outlives its calls collects no listeners, and the calls share one connection', async () => {
    const service = await answering({ body: ACTIVE });
    const account = open(docswrite, service.url);
    const { signal } = new AbortController();
    for (let n = 0; n < 20; n += 1) await account.poll(DOCSWRITE_JOB, signal);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect({ calls: service.seen.length, connections: service.connections }).toEqual({ calls: 20, connections: 1 });
  });
});

describe('H20: which failures are tried again', () => {
  test.each([408, 425, 500, 502, 503, 504, 507, 520, 524, 527])(
    'H20: a %i is transient, and sent once',
    async (status) => {
      const service = await answering({
        status,
        headers: { 'retry-after': '1' },
        body: { error: true, message: 'oops' },
      });
      const told = await failureOf(open(docswrite, service.url).poll(DOCSWRITE_JOB, calm));
      expect(told).toMatchObject({ kind: 'unavailable', status });
      expect(service.seen).toHaveLength(1);
    },
  );

  test.each([400, 405, 409, 413, 418, 422, 424, 501, 505])('H20: a %i is rejected', async (status) => {
    const told = await failureOf(polled({ status, body: { error: true, message: 'no' } }));
    expect(told).toMatchObject({ kind: 'rejected', status });
  });

  test('H20: a 410 is read as a 404', async () => {
    const told = await failureOf(polled({ status: 410, body: { error: true, message: 'Job removed' } }));
    expect(told).toMatchObject({ kind: 'not-found' });
  });

  test('H20: no server listens', async () => {
    const told = await failureOf(open(docswrite, 'http://127.0.0.1:1').poll(DOCSWRITE_JOB, calm));
    expect(told).toMatchObject({ kind: 'unavailable', status: null, message: expect.stringContaining('ECONNREFUSED') });
  });

  test('H20: the connection ends without an answer', async () => {
    expect(await toldBy((socket) => socket.end())).toMatchObject({ kind: 'unavailable', status: null });
  });

  test('H20: the connection is reset', async () => {
    expect(await toldBy((socket) => socket.resetAndDestroy())).toMatchObject({ kind: 'unavailable', status: null });
  });

  test('H20: the answer is no HTTP', async () => {
    expect(await toldBy((socket) => socket.end('hello\r\n\r\n'))).toMatchObject({ kind: 'unavailable', status: null });
  });

  test('H20: a certificate that cannot be trusted is trouble, because it may not come from the service; the message says what to do', async () => {
    const told = await failureOf(open(docswrite, await selfSignedServer()).poll(DOCSWRITE_JOB, calm));
    expect(told).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('NODE_EXTRA_CA_CERTS names') });
  });
});
