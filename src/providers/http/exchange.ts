import { once } from 'node:events';
import { Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';
import { got, type Request, TimeoutError } from 'got';
import { ProviderError } from '../../contract/failure.ts';
import type { Proxy } from '../../config/proxy.ts';
import { delayMs } from './retry-after.ts';
import { TunnelAgent } from './tunnel.ts';

/** The timeouts of one request, ms (H19). */
export interface Timeouts {
  /** For each of name lookup, TCP and TLS. Default: 5 s. */
  readonly connectMs: number;
  /** From the end of the request to the headers of the answer. Default: 15 s. */
  readonly headersMs: number;
  /** Between two chunks of the body. Default: 10 s. */
  readonly silenceMs: number;
  /** For the whole request. Default: 20 s. It must be far below the activity's start-to-close timeout, so that this error comes first. */
  readonly totalMs: number;
}

/** The default timeouts. */
export const TIMEOUTS: Timeouts = { connectMs: 5_000, headersMs: 15_000, silenceMs: 10_000, totalMs: 20_000 };

/** Counted after decompression, because 200 kB of gzip can contain 200 MiB. `Content-Length` is not trusted (H15). */
const MAX_BODY_BYTES = 1_024 * 1_024;

/** Connections to one origin. They are kept alive, which saves a TLS handshake per poll. */
export interface Connections {
  readonly agents: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly timeouts: Timeouts;
  /** Closes idle and active connections. */
  readonly close: () => void;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A request. */
export interface Outgoing {
  /** The begin of error messages, such as `printshop: poll`. */
  readonly label: string;
  readonly method: Method;
  readonly url: URL;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

/** An answer. `body` is empty for a redirect, which is not read, and for an error status if its body cannot be read. */
export interface Incoming {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** All values of a header. Node keeps only the first of a repeated `Retry-After`. */
  readonly valuesOf: (name: string) => string[];
  readonly body: string;
  /** False: the body has no length, and ends with the connection. A cut body looks complete then (H13). */
  readonly framed: boolean;
}

/** More requests than that to one origin wait for a socket. Their timeouts then run already. */
const MAX_SOCKETS = 1_000;

/** @param proxy for https. Requests by http go only to loopback, without the proxy. */
export function openConnections(timeouts: Timeouts, proxy: Proxy | null): Connections {
  const http = new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  const https =
    proxy === null
      ? new HttpsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS })
      : new TunnelAgent(proxy, { connectMs: delayMs(timeouts.connectMs), maxSockets: MAX_SOCKETS });
  const close = (): void => [http, https].forEach((agent) => agent.destroy());
  return { agents: { http, https }, timeouts, close };
}

class BodyTooLarge extends Error {}
class BodySilent extends Error {}

/**
 * Sends one request, and reads the answer of any status. It follows no redirect, and does not retry or cache.
 * @throws ProviderError `unavailable` (network, certificate, timeout, body cut), `malformed` (too large, bad encoding)
 * @throws the signal's reason once the caller has aborted, because that is not a failure of the service
 */
export async function exchange(out: Outgoing, connections: Connections): Promise<Incoming> {
  out.signal.throwIfAborted();
  const request = send(out, connections);
  // got may emit an error after the last listener was removed. Without this listener, the process would end.
  request.on('error', () => undefined);
  try {
    // got types it as `any`. With `decompress: false` it is Node's own message.
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const { statusCode: status = 0, headers, rawHeaders } = response;
    const hasBody = status !== 204 && (status < 300 || status >= 400);
    const reading = hasBody ? readBody(request, decoderOf(headers), connections.timeouts.silenceMs) : '';
    const body = await (status < 400 ? reading : readable(reading, out.signal));
    const framed = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    return { status, headers, valuesOf: (name) => valuesOf(rawHeaders, name), body, framed };
  } catch (error) {
    out.signal.throwIfAborted();
    throw failureOf(error, out.label);
  } finally {
    // Removes got's listener from the caller's signal, which lives longer. A socket that was returned to the agent stays open.
    request.destroy();
  }
}

/** For an error status, an unreadable body counts as empty: the status alone decides. */
async function readable(reading: string | Promise<string>, signal: AbortSignal): Promise<string> {
  try {
    return await reading;
  } catch {
    signal.throwIfAborted();
    return '';
  }
}

function send(out: Outgoing, { agents, timeouts }: Connections): Request {
  const { connectMs, headersMs, totalMs } = timeouts;
  const connect = delayMs(connectMs);
  const request = got.stream(out.url, {
    method: out.method,
    headers: { ...out.headers, 'accept-encoding': 'gzip, br' },
    body: out.body,
    signal: out.signal,
    agent: { http: agents.http, https: agents.https },
    timeout: {
      lookup: connect,
      connect,
      secureConnect: connect,
      response: delayMs(headersMs),
      request: delayMs(totalMs),
    },
    // Temporal makes all retries. Two layers of retries would multiply (H20).
    retry: { limit: 0 },
    throwHttpErrors: false,
    // A followed redirect would send the credential to a host that the answer chooses (H17).
    followRedirect: false,
    // Decompressed here: got's own decoder does not notice that a compressed body was cut.
    decompress: false,
  });
  // Without this, got would wait for a body until the timeout.
  if (out.body === undefined && out.method !== 'GET') request.end();
  return request;
}

/** @returns null: the body is not compressed */
function decoderOf(headers: IncomingHttpHeaders): Transform | null {
  const encoding = headers['content-encoding']?.trim().toLowerCase();
  if (encoding === 'br') return createBrotliDecompress();
  return encoding === 'gzip' || encoding === 'x-gzip' || encoding === 'deflate' ? createUnzip() : null;
}

async function readBody(source: Readable, decoder: Transform | null, silenceMs: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let received = 0;
  let isSilent = false;
  const timer = setTimeout(() => {
    isSilent = true;
    source.destroy();
  }, delayMs(silenceMs));
  source.on('data', (chunk: Buffer) => {
    received += chunk.length;
    timer.refresh();
  });
  // Without a callback, `pipeline` would emit an uncaught error. The loop below gets the same error from the decoder.
  const decoded = decoder === null ? source : pipeline(source, decoder, () => undefined);
  try {
    for await (const chunk of decoded as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) throw new BodyTooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (isSilent) throw new BodySilent();
    // An empty body with an encoding header is not an error.
    const isEmpty = received === 0 && UNDECODABLE.test(codeOf(error));
    if (!isEmpty) throw error;
  } finally {
    clearTimeout(timer);
  }
  // JSON is always UTF-8, whatever the content type says. The decoder drops a byte order mark.
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

const CERTIFICATE =
  /^(CERT_|CRL_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE))/;
const UNDECODABLE = /^(Z_|ERR__ERROR|ERR_BROTLI)/;

/** got's errors contain the request with its headers. So nothing of them is kept, not even as a cause (I2). */
function failureOf(error: unknown, label: string): ProviderError {
  const unavailable = (what: string): ProviderError => new ProviderError('unavailable', `${label} ${what}`);
  const malformed = (why: string): ProviderError => new ProviderError('malformed', `${label} answer unreadable${why}`);
  if (error instanceof BodySilent) return unavailable('timed out [phase=body]');
  if (error instanceof BodyTooLarge) return malformed(`: more than ${MAX_BODY_BYTES} bytes`);
  if (error instanceof TimeoutError) return unavailable(`timed out [phase=${PHASES[error.event] ?? error.event}]`);
  const code = codeOf(error);
  if (code.startsWith('PROXY_')) return unavailable(`failed ${proxyTrouble(code)}`);
  if (code === 'Z_BUF_ERROR') return unavailable(`failed [code=${code}]: the body was cut`);
  if (UNDECODABLE.test(code)) return malformed(` [code=${code}]`);
  if (CERTIFICATE.test(code)) return unavailable(`refused by us [code=${code}]: ${certificateTrouble(code)}`);
  return unavailable(`failed [code=${code}]: no complete answer`);
}

/** The kind is not `rejected`: a server with a wrong certificate may not be the service, so it must not end a job. */
function certificateTrouble(code: string): string {
  if (code === 'CERT_HAS_EXPIRED') return 'the certificate has expired';
  if (code === 'CERT_NOT_YET_VALID') return 'the certificate is not valid yet: compare the clocks';
  if (code.startsWith('ERR_TLS_CERT_ALTNAME') || code === 'HOSTNAME_MISMATCH')
    return 'the certificate is for another host: check the base URL';
  if (/^(UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|SELF_SIGNED|DEPTH_ZERO_|INVALID_CA)/.test(code)) {
    return 'no authority that is trusted here issued the certificate; NODE_EXTRA_CA_CERTS names a file with a private one';
  }
  return 'the certificate is not accepted';
}

/** The kind is always `unavailable`: an answer of a proxy is not an answer of the service. */
function proxyTrouble(code: string): string {
  const cause = code.slice('PROXY_'.length);
  if (cause === 'TIMEOUT') return '[phase=proxy]: the proxy opens no way to the service in time';
  if (cause === '407') return '[proxy=407]: the proxy wants a user and password, or other ones';
  if (/^\d+$/.test(cause)) return `[proxy=${cause}]: the proxy opens no way to the service`;
  return `[code=${cause}]: no connection to the proxy`;
}

const PHASES: Readonly<Record<string, string>> = { response: 'headers', request: 'total', secureConnect: 'tls' };

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' && /^\w{1,64}$/.test(code) ? code : 'unknown';
}
