import {
  type ClientHttp2Session,
  connect,
  constants,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { closeListener, listen, trackSockets } from '../../src/simulators/http/listener.ts';
import type { Identity } from './certificates.ts';

/** How the proxy identifies its clients: by a certificate or by an API key, as Temporal Cloud does. */
type Admission = { clientAuthority: string } | { apiKey: string; namespaces: readonly string[] };

export interface CloudProxyOptions {
  /** `host:port` of the plain server behind the proxy. */
  target: string;
  /** The certificate that the proxy presents. */
  identity: Identity;
  admits: Admission;
  /** The status that refuses each call of the OperatorService, which Temporal Cloud does not offer. */
  operatorStatus: 'PERMISSION_DENIED' | 'UNIMPLEMENTED';
}

/** A call to the proxy. `status`: the gRPC status of a refusal. null: the call was forwarded. */
export interface ProxiedCall {
  path: string;
  status: number | null;
}

export interface CloudProxy {
  address: string;
  calls: readonly ProxiedCall[];
  close: () => Promise<void>;
}

const STATUS = { PERMISSION_DENIED: 7, UNIMPLEMENTED: 12, UNAUTHENTICATED: 16 } as const;
const OPERATOR = '/temporal.api.operatorservice.v1.OperatorService/';
/** Calls without a namespace header: clients call GetSystemInfo before they name a namespace, and never name one to the OperatorService. */
const NO_NAMESPACE = /WorkflowService\/GetSystemInfo$|OperatorService\//;

interface Refusal {
  status: number;
  message: string;
}

/** Serves a development server as Temporal Cloud does: over TLS, only for known clients, without the OperatorService. */
export async function startCloudProxy(options: CloudProxyOptions): Promise<CloudProxy> {
  const { target, identity, admits } = options;
  const mutual = 'clientAuthority' in admits ? { ca: admits.clientAuthority, requestCert: true } : {};
  const server = createSecureServer({ cert: identity.certificate, key: identity.key, ...mutual });
  // Also a connection that never becomes a session must end, or the listener would wait for it for ever.
  const sockets = trackSockets(server);
  const calls: ProxiedCall[] = [];
  server.on('session', (session) => {
    const upstream = connect(`http://${target}`);
    const close = (): void => (session.destroy(), upstream.destroy());
    for (const end of [session, upstream]) end.on('error', close).on('close', close);
    session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      const refusal = refusalOf(options, headers);
      calls.push({ path: headers[':path'] ?? '', status: refusal?.status ?? null });
      stream.on('error', () => {}); // only the end of the stream counts
      if (refusal === null) forward(upstream, stream, headers);
      else refuse(stream, refusal);
    });
  });
  const port = await listen(server, 0, '127.0.0.1');
  return { address: `127.0.0.1:${port}`, calls, close: () => closeListener(server, sockets) };
}

function refusalOf({ admits, operatorStatus }: CloudProxyOptions, headers: IncomingHttpHeaders): Refusal | null {
  const path = headers[':path'] ?? '';
  if ('apiKey' in admits) {
    const isKnown = headers.authorization === `Bearer ${admits.apiKey}`;
    if (!isKnown) return { status: STATUS.UNAUTHENTICATED, message: 'Request unauthorized.' };
    const isMeant = admits.namespaces.includes(String(headers['temporal-namespace'])) || NO_NAMESPACE.test(path);
    if (!isMeant) return { status: STATUS.PERMISSION_DENIED, message: 'No access to this namespace.' };
  }
  if (!path.startsWith(OPERATOR)) return null;
  return { status: STATUS[operatorStatus], message: 'unknown service temporal.api.operatorservice.v1.OperatorService' };
}

/** Answers without a body. Such a gRPC answer has its status in the headers. */
function refuse(stream: ServerHttp2Stream, { status, message }: Refusal): void {
  const trailers = { 'grpc-status': String(status), 'grpc-message': encodeURIComponent(message) };
  stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...trailers }, { endStream: true });
  stream.resume(); // otherwise the request would wait for a reader, and the session for the request
}

/** Forwards bytes, half-closes, trailers and resets as they come, in both directions. */
function forward(upstream: ClientHttp2Session, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  if (upstream.destroyed) return stream.close(constants.NGHTTP2_REFUSED_STREAM);
  const { ':authority': _authority, ':scheme': _scheme, host: _host, ...sent } = headers;
  const request = upstream.request(sent);
  let trailers: IncomingHttpHeaders = {};
  request.on('response', ({ date: _date, ...answer }, flags) => {
    if (stream.destroyed) return;
    const isAll = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    stream.respond(answer, isAll ? { endStream: true } : { waitForTrailers: true });
    if (!isAll) request.pipe(stream);
  });
  request.on('trailers', (told) => (trailers = told));
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.pipe(request);
  request.on('error', () => {}).on('close', () => handOnReset(request.rstCode, stream));
  stream.on('close', () => handOnReset(stream.rstCode, request));
}

function handOnReset(code: number, to: { closed: boolean; close: (code: number) => void }): void {
  if (code !== constants.NGHTTP2_NO_ERROR && !to.closed) to.close(code);
}
