import { once } from 'node:events';
import { Agent as HttpAgent } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { pipeline } from 'node:stream';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';
import { got, TimeoutError } from 'got';
import type { Request } from 'got';
import { ProviderError } from '../../contract/failure.ts';
import type { Proxy } from '../../config/proxy.ts';
import { delayMs } from './retry-after.ts';
import { openTunnels } from './tunnel.ts';

/** How long each phase of one request may take, in ms (H19). */
export interface Timeouts {
  /** Name lookup, TCP and TLS, each. */
  readonly connectMs: number;
  /** From the request sent to the answer's headers. */
  readonly headersMs: number;
  /** Between two pieces of the body. */
  readonly silenceMs: number;
  /** All of it: stays far below the activity's start-to-close, so that a slow answer is our error, not Temporal's. */
  readonly totalMs: number;
}

export const TIMEOUTS: Timeouts = { connectMs: 5_000, headersMs: 15_000, silenceMs: 10_000, totalMs: 20_000 };

/** Counted after decoding: 200 kB of gzip can hold 200 MiB, and `Content-Length` proves nothing (H15). */
const MAX_BODY_BYTES = 1_024 * 1_024;

/** The connections and time limits of one account; keep-alive, so that polls do not pay for TLS each time. */
export interface Wire {
  readonly agents: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly timeouts: Timeouts;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Outgoing {
  /** How messages begin, such as `printshop: poll`. */
  readonly label: string;
  readonly method: Method;
  readonly url: URL;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

/** An answer as it came over the wire; `body` is empty for redirects, which are not read, and for errors whose body cannot be read. */
export interface Incoming {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Every value sent under a name: Node keeps only the first of a repeated `Retry-After`. */
  readonly valuesOf: (name: string) => string[];
  readonly body: string;
  /** False: only the end of the connection ended the body, so a cut one looks complete (H13). */
  readonly framed: boolean;
}

/** @param proxy carries requests by https; those by http go to loopback only, and straight. */
export function openWire(timeouts: Timeouts, proxy: Proxy | null = null): Wire {
  const https = proxy === null ? new HttpsAgent({ keepAlive: true }) : openTunnels(proxy, delayMs(timeouts.connectMs));
  return { agents: { http: new HttpAgent({ keepAlive: true }), https }, timeouts };
}

/** Ends idle and open connections. */
export function closeWire(wire: Wire): void {
  wire.agents.http.destroy();
  wire.agents.https.destroy();
}

class BodyTooLarge extends Error {}
class BodySilent extends Error {}

/**
 * Sends one request and reads its answer, whatever the status. Never follows, retries or caches.
 * @throws ProviderError `unavailable` (network, certificate, timeout, body cut), `malformed` (too large, bad encoding)
 * @throws the signal's reason once the caller has aborted: that is no failure of the service
 */
export async function exchange(out: Outgoing, wire: Wire): Promise<Incoming> {
  out.signal.throwIfAborted();
  const request = send(out, wire);
  // got may report an error after the last listener has gone; without this one it would end the process.
  request.on('error', () => undefined);
  try {
    // got's type says `any`; with `decompress: false` it is Node's own message.
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const { statusCode: status = 0, headers, rawHeaders } = response;
    const hasBody = status !== 204 && (status < 300 || status >= 400);
    const reading = hasBody ? readBody(request, decoderOf(headers), wire.timeouts.silenceMs) : '';
    const body = await (status < 400 ? reading : readable(reading, out.signal));
    const framed = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    return { status, headers, valuesOf: (name) => valuesOf(rawHeaders, name), body, framed };
  } catch (error) {
    out.signal.throwIfAborted();
    throw failureOf(error, out.label);
  } finally {
    // Takes got's listener off the caller's signal, which outlives the call; a socket already given back stays open.
    request.destroy();
  }
}

/** What the status of an error says counts, whatever comes after it: a body that is cut, coded wrongly or without end is none. */
async function readable(reading: string | Promise<string>, signal: AbortSignal): Promise<string> {
  try {
    return await reading;
  } catch {
    signal.throwIfAborted();
    return '';
  }
}

function send(out: Outgoing, { agents, timeouts }: Wire): Request {
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
    // The durable loop owns all retries: two layers would multiply (H20).
    retry: { limit: 0 },
    throwHttpErrors: false,
    // A followed redirect would carry our credential header to a host that an answer has named (H17).
    followRedirect: false,
    // Decoded here, in one pipeline: got's own decoder does not notice when a compressed body is cut.
    decompress: false,
  });
  // Else got waits for a body to be written to the stream, up to the time limit.
  if (out.body === undefined && out.method !== 'GET') request.end();
  return request;
}

/** @returns null: the body is sent as it is */
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
  // Without a callback `pipeline` would throw an error that nothing catches. The reader of the decoder gets the same error.
  const decoded = decoder === null ? source : pipeline(source, decoder, () => undefined);
  try {
    for await (const chunk of decoded as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) throw new BodyTooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (isSilent) throw new BodySilent();
    // Where no byte came there is nothing to decode, whatever the header says.
    const isEmpty = received === 0 && UNDECODABLE.test(codeOf(error));
    if (!isEmpty) throw error;
  } finally {
    clearTimeout(timer);
  }
  // Drops a byte order mark; JSON is UTF-8 whatever the content type says.
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

const CERTIFICATE =
  /^(CERT_|CRL_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE))/;
const UNDECODABLE = /^(Z_|ERR__ERROR|ERR_BROTLI)/;

/** got's errors carry the request's options, headers and all: nothing of them is kept, not even as a cause (I2). */
function failureOf(error: unknown, label: string): ProviderError {
  if (error instanceof BodySilent) return new ProviderError('unavailable', `${label} timed out [phase=body]`);
  if (error instanceof BodyTooLarge) {
    return new ProviderError('malformed', `${label} answer unreadable: more than ${MAX_BODY_BYTES} bytes`);
  }
  if (error instanceof TimeoutError) {
    return new ProviderError('unavailable', `${label} timed out [phase=${PHASES[error.event] ?? error.event}]`);
  }
  const code = codeOf(error);
  if (code.startsWith('PROXY_')) return new ProviderError('unavailable', `${label} failed ${proxyTrouble(code)}`);
  if (code === 'Z_BUF_ERROR')
    return new ProviderError('unavailable', `${label} failed [code=${code}]: the body was cut`);
  if (UNDECODABLE.test(code)) return new ProviderError('malformed', `${label} answer unreadable [code=${code}]`);
  if (CERTIFICATE.test(code))
    return new ProviderError('unavailable', `${label} refused by us [code=${code}]: ${certificateTrouble(code)}`);
  return new ProviderError('unavailable', `${label} failed [code=${code}]: no complete answer`);
}

/** Not `rejected`: a server with a wrong certificate is not the service, so its answer must not end a job. */
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

/** Whatever a proxy says is no answer of the service. */
function proxyTrouble(code: string): string {
  const said = code.slice('PROXY_'.length);
  if (said === 'TIMEOUT') return '[phase=proxy]: the proxy opens no way to the service in time';
  if (said === '407') return '[proxy=407]: the proxy wants a user and password, or other ones';
  if (/^\d+$/.test(said)) return `[proxy=${said}]: the proxy opens no way to the service`;
  return `[code=${said}]: no connection to the proxy`;
}

const PHASES: Readonly<Record<string, string>> = { response: 'headers', request: 'total', secureConnect: 'tls' };

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' && /^\w{1,64}$/.test(code) ? code : 'unknown';
}
