import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Account } from '../../../src/config/accounts.ts';
import { ProviderError } from '../../../src/contract/failure.ts';
import type { CancelReply, JobRef, Snapshot } from '../../../src/contract/job.ts';
import { openAccount, type OpenAccount } from '../../../src/providers/account.ts';
import { deepwriter } from '../../../src/providers/deepwriter/adapter.ts';
import { docswrite } from '../../../src/providers/docswrite/adapter.ts';
import type { Timeouts } from '../../../src/providers/http/exchange.ts';
import type { Provider } from '../../../src/providers/provider.ts';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A service on a free port that plays one script. It stops when the test ends. */
export interface Service {
  readonly url: string;
  readonly seen: Seen[];
  connections: number;
}

export async function serviceOf(answer: (response: ServerResponse, nth: number) => void): Promise<Service> {
  const seen: Seen[] = [];
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
    answer(response, seen.length);
  };
  const server = createServer((request, response) => void receive(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const service: Service = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, connections: 0 };
  server.on('connection', () => {
    service.connections += 1;
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return service;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

/** One fixed answer. A record or array is sent as JSON. */
export type Answer = { status?: number; headers?: Record<string, string | string[]>; body?: unknown };

export async function answering({ status = 200, headers = {}, body = '' }: Answer): Promise<Service> {
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
  const type: Record<string, string> = isRaw ? {} : { 'content-type': 'application/json' };
  return serviceOf((response) => {
    response.writeHead(status, { ...type, ...headers });
    response.end(isRaw ? body : JSON.stringify(body));
  });
}

export const ORG_KEY = 'dw_live_0123456789abcdef';
export const SITE_TOKEN = 'eyJhbGciOi.eyJzaXRlIjox.c2lnbmF0dXJl';
export const UUID = '6ac3f0de-0000-4000-8000-00000000abcd';
export const DOCSWRITE_JOB: JobRef = { provider: 'docswrite', jobId: '42' };
export const DEEPWRITER_JOB: JobRef = { provider: 'deepwriter', jobId: UUID };

export function secretOf(value: string): Account['secret'] {
  return { reveal: () => value, toString: () => '[redacted]', toJSON: () => '[redacted]' };
}

export interface Setup {
  readonly secret?: string;
  readonly auth?: string;
  readonly timeouts?: Partial<Timeouts>;
}

export function open(
  provider: Provider,
  baseUrl: string,
  { secret = SITE_TOKEN, auth, timeouts }: Setup = {},
): OpenAccount {
  const account: Account = {
    name: 'default',
    provider: provider.traits.name,
    baseUrl,
    auth: auth ?? null,
    secret: secretOf(secret),
    pool: 'shared',
    requestsPerMinute: null,
  };
  const opened = openAccount(provider, account, timeouts === undefined ? {} : { timeouts });
  onTestFinished(() => opened.close());
  return opened;
}

/** A signal that is never aborted. */
export const calm = new AbortController().signal;

/** Polls Docswrite job 42 at a service that gives this answer. */
export async function polled(answer: Answer, setup: Setup = {}, job: JobRef = DOCSWRITE_JOB): Promise<Snapshot> {
  const { url } = await answering(answer);
  return open(docswrite, url, setup).poll(job, calm);
}

/** Polls a Docswrite job with this `data`. */
export async function docswriteSays(
  data: Record<string, unknown>,
  headers: Record<string, string> = {},
): Promise<Snapshot> {
  return polled({ headers, body: { success: true, data } });
}

/** Polls a DeepWriter job with these fields. */
export async function deepwriterSays(fields: Record<string, unknown>): Promise<Snapshot> {
  const { url } = await answering({ body: { id: UUID, status: 'in_progress', ...fields } });
  return open(deepwriter, url).poll(DEEPWRITER_JOB, calm);
}

export async function deepwriterPolled(answer: Answer, setup: Setup = {}): Promise<Snapshot> {
  const { url } = await answering(answer);
  return open(deepwriter, url, setup).poll(DEEPWRITER_JOB, calm);
}

export async function cancelled(answer: Answer, setup: Setup = {}): Promise<CancelReply> {
  const { url } = await answering(answer);
  return open(deepwriter, url, setup).cancel(DEEPWRITER_JOB, calm);
}

/** The facts that polling gets about a failed call. */
export type Told = Pick<ProviderError, 'kind' | 'status' | 'retryAfterMs' | 'edge' | 'message'>;

export async function failureOf(call: Promise<unknown>): Promise<Told> {
  const error = await errorOf(call);
  const { kind, status, retryAfterMs, edge, message } = error;
  return { kind, status, retryAfterMs, edge, message };
}

export async function errorOf(call: Promise<unknown>): Promise<ProviderError> {
  const error: unknown = await call.then(
    () => new Error('the call succeeded'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProviderError)) throw error;
  return error;
}
