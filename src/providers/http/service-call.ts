import { type FailureKind, ProviderError } from '../../contract/failure.ts';
import { isRecord, type Json } from '../../contract/json.ts';
import { clip } from '../../contract/text.ts';
import { type Connections, exchange, type Incoming, type Method } from './exchange.ts';
import { parsedJson } from './exact-json.ts';
import type { Mask } from './mask.ts';
import { quotaWaitMs } from './rate-limit.ts';
import type { RequestWatch } from './request-watch.ts';
import { clampRetryAfterMs, httpDateMs, retryAfterMs } from './retry-after.ts';
import { MAX_TEXT } from '../reading/text.ts';
import {
  envelopeKind,
  type ErrorCodes,
  isErrorEnvelope,
  type IsOwnError,
  isPageNotService,
  type Refusal,
  refusalOf,
  verdictOf,
} from './verdict.ts';

/** A 2xx answer with a JSON object as its body. Any other answer is a `ProviderError`, unless `Reading` allows it. */
export interface ServiceAnswer {
  readonly status: number;
  /** The body. An echoed credential is masked. `{}` if the body is empty or a list. */
  readonly json: Readonly<Record<string, unknown>>;
  /** The header `Date`, ms since the epoch; null: missing or unreadable. */
  readonly date: number | null;
  /** `Retry-After`, ms, 1 s to 1 h; null: none. A service may suggest its poll interval with it. */
  readonly retryAfterMs: number | null;
  /** The body if it is a JSON array, and `mayBeList` allows it; else null. */
  readonly list: readonly unknown[] | null;
  /** The body had a whole number beyond 2^53. `json` has it as a string, because a JavaScript number would be rounded. */
  readonly hasBigNumbers: boolean;
}

/** How to read an answer. */
export interface Reading {
  /** Allow an empty body, for instance of a cancel. Otherwise it is `malformed` (H11). Default: false. */
  readonly mayBeEmpty?: boolean;
  /** Allow a JSON array. Otherwise it is `malformed` (H12). Default: false. */
  readonly mayBeList?: boolean;
  /** @returns a hint for people, added to the service's message of a refusal; null: none */
  readonly explain?: (refusal: Refusal) => string | null;
}

/**
 * The requests that an adapter can make. Each has the credential, base URL, timeouts and the caller's signal. Use the template `path`
 * for a path with an id. Each method throws `ProviderError` of any kind: network, timeouts, refusals, unreadable answers.
 * @example const { json } = await call.get(path`/v1/jobs/${job.jobId}`, {});
 */
export interface ServiceCall {
  /** The kind of the credential by `Provider.authOf`, never its value. */
  readonly credentialForm: string;
  readonly get: (path: string, query: Readonly<Record<string, string>>, reading?: Reading) => Promise<ServiceAnswer>;
  readonly post: Send;
  readonly put: Send;
  readonly patch: Send;
  readonly delete: Send;
}

type Body = Json | URLSearchParams | undefined;

/** @param body JSON, or a form (`URLSearchParams`); undefined: no body */
export type Send = (path: string, body?: Body, reading?: Reading) => Promise<ServiceAnswer>;

/**
 * A template for paths. Each value is encoded as one segment.
 * @throws ProviderError `rejected` for a value that cannot be a segment: an empty one, `.` or `..`
 * @example await call.delete(path`/jobs/${job.jobId}`);
 */
export function path(texts: TemplateStringsArray, ...values: readonly string[]): string {
  const segments = values.map((value) => {
    if (/^\.{0,2}$/.test(value))
      throw new ProviderError('rejected', 'the id cannot be part of a path: it is empty, "." or ".."');
    return encodeURIComponent(value);
  });
  return texts.reduce((before, text, index) => `${before}${segments[index - 1] ?? ''}${text}`);
}

/** A credential for one call: its header, and the masks that remove it from texts. */
export interface Credential {
  readonly form: string;
  readonly headers: Record<string, string>;
  readonly mask: Mask;
  /** Masks answers. It does nothing for a short credential, which also occurs in ordinary words. */
  readonly maskAnswers: Mask;
}

/** What the calls of one poll or cancel need. */
export interface CallSetup {
  /** See `Provider.isOwnError`. */
  readonly isOwnError: IsOwnError;
  /** See `Provider.errorCodes`. */
  readonly errorCodes: ErrorCodes;
  /** The begin of error messages, such as `printshop: poll`. */
  readonly label: string;
  readonly baseUrl: string;
  readonly credential: Credential;
  readonly signal: AbortSignal;
  readonly connections: Connections;
  /** Called when the rate headers of an answer allow no further call for this time, ms (H8). */
  readonly onQuotaUsedUp?: (forMs: number) => void;
  /** Observes each request. Default: nobody does. */
  readonly watch?: RequestWatch | undefined;
}

/** Makes the `ServiceCall` of one poll or cancel. */
export function serviceCall(setup: CallSetup): ServiceCall {
  const { label, baseUrl, credential, signal, connections, watch = unwatched } = setup;
  const ask = async (
    method: Method,
    url: URL,
    { body, reading = {} }: { body?: Body; reading?: Reading | undefined },
  ) => {
    const { type, text } = encoded(body);
    const headers = { accept: 'application/json', 'user-agent': 'durable-job-tracker', ...type, ...credential.headers };
    const out = { label, method, url, body: text, signal };
    const send = (more: object) => exchange({ ...out, headers: { ...headers, ...more } }, connections);
    return judge(await watch({ method, url }, send), setup, reading);
  };
  const send =
    (method: Method): Send =>
    async (to, body, reading) =>
      ask(method, urlOf(baseUrl, to), { body, reading });
  return {
    credentialForm: credential.form,
    get: async (to, query, reading) => {
      const url = urlOf(baseUrl, to);
      url.search = new URLSearchParams(query).toString();
      return ask('GET', url, { reading });
    },
    post: send('POST'),
    put: send('PUT'),
    patch: send('PATCH'),
    delete: send('DELETE'),
  };
}

const unwatched: RequestWatch = (_, send) => send({});

function encoded(body: Body): { type?: { 'content-type': string }; text: string | undefined } {
  if (body === undefined) return { text: undefined };
  if (!(body instanceof URLSearchParams))
    return { type: { 'content-type': 'application/json' }, text: JSON.stringify(body) };
  return { type: { 'content-type': 'application/x-www-form-urlencoded' }, text: body.toString() };
}

/** A configured base URL may end in `/api`, though the adapter's paths begin with it. Then one of them is dropped. */
function urlOf(baseUrl: string, to: string): URL {
  return new URL((to.startsWith('/api/') ? baseUrl.replace(/\/api$/, '') : baseUrl) + to);
}

/** Checks in a fixed order: redirect, status, empty body, JSON, error envelope. `exchange` has checked time and size before. */
function judge(incoming: Incoming, setup: CallSetup, reading: Reading): ServiceAnswer {
  const { status, body } = incoming;
  const { date, askedMs, quotaMs } = timingHintsOf(incoming);
  if (quotaMs !== null) setup.onQuotaUsedUp?.(quotaMs);
  const fail = failing(setup, incoming, askedMs);
  if (status >= 300 && status < 400) throw fail('unavailable', [redirectText(incoming, setup.baseUrl)]);
  const { json, hasBigNumbers } = parsedJson(body, setup.credential.maskAnswers);
  if (status < 200 || status >= 400) {
    const refusal = refusalOf(status, json);
    const { kind, edge } = verdictOf(incoming, json, setup.isOwnError);
    const isForeign = kind === 'unavailable';
    const hint = isForeign ? foreignAnswerHint(status, edge) : reading.explain?.(refusal);
    throw fail(kind, [refusal.text, hint], { code: refusal.code, edge });
  }
  const list = Array.isArray(json) && reading.mayBeList === true ? (json as unknown[]) : null;
  const isEmpty = body.trim() === '' && reading.mayBeEmpty === true;
  const fields = isEmpty || list !== null ? {} : json;
  if (!isRecord(fields)) throw fail(...unreadable(incoming, json));
  if (isErrorEnvelope(fields)) {
    const refusal = refusalOf(status, fields);
    const texts = [refusal.text, reading.explain?.(refusal)];
    throw fail(envelopeKind(refusal, setup.errorCodes), texts, { code: refusal.code });
  }
  const waitMs = askedMs === null ? null : clampRetryAfterMs(askedMs);
  return { status, json: fields, list, hasBigNumbers, date, retryAfterMs: waitMs };
}

/**
 * Reads the headers with times. `date`: ms since the epoch. `askedMs`: `Retry-After`, before it is clamped. `quotaMs`: how long the quota
 * is used up. Null: missing or unreadable.
 */
function timingHintsOf({ headers, valuesOf }: Incoming): Record<'date' | 'askedMs' | 'quotaMs', number | null> {
  const nowMs = Date.now();
  const date = httpDateMs(headers.date ?? '', nowMs);
  const askedMs = retryAfterMs(valuesOf('retry-after'), date, nowMs);
  // `Retry-After` is explicit, so it wins over the counters of the rate headers (H8).
  return { date, askedMs, quotaMs: askedMs === null ? quotaWaitMs({ valuesOf, dateMs: date, nowMs }) : null };
}

/** @returns a hint for a status below 500 that does not count, because the body is not an error of the service; null: none */
function foreignAnswerHint(status: number, edge: boolean): string | null {
  const isPassing = [408, 425, 429].includes(status) || status >= 500;
  return edge || isPassing
    ? null
    : "not the service's own words: something in between may have answered; check the base URL";
}

type Texts = readonly (string | null | undefined)[];
type Fail = (kind: FailureKind, texts: Texts, of?: { code?: string | null; edge?: boolean }) => ProviderError;

function failing({ label, credential }: CallSetup, { status, headers }: Incoming, askedMs: number | null): Fail {
  return (kind, texts, { code = null, edge = false } = {}) => {
    // `Retry-After` is defined for these two statuses. With others, it would delay polls without a reason (H5).
    const waitMs = askedMs !== null && (status === 429 || status === 503) ? clampRetryAfterMs(askedMs) : null;
    const cfRay = headers['cf-ray'];
    const ray = edge && typeof cfRay === 'string' && /^[\w-]{1,64}$/.test(cfRay) ? `, cf-ray=${cfRay}` : '';
    const asked = waitMs === askedMs ? '' : ` (asked: ${(askedMs ?? 0) / 1_000}s)`;
    const wait = waitMs === null ? '' : `, retry-after=${waitMs / 1_000}s${asked}`;
    const facts = `[http=${status}${code === null ? '' : `, code=${code}`}${wait}${ray}]`;
    const text = texts.filter((one) => typeof one === 'string').join('; ');
    const message = `${label} ${edge ? 'answered by a CDN' : PHRASES[kind]} ${facts}${text === '' ? '' : `: ${text}`}`;
    return new ProviderError(kind, clip(credential.mask(message), MAX_TEXT), { status, retryAfterMs: waitMs, edge });
  };
}

const PHRASES: Readonly<Record<FailureKind, string>> = {
  unavailable: 'failed',
  'rate-limited': 'rate-limited',
  unauthorized: 'refused',
  'not-found': 'found no job',
  rejected: 'refused',
  malformed: 'answer unreadable',
};

/** The kind is not `rejected`: a login page or a maintenance page also redirects, and must not end a job. */
function redirectText({ status, headers }: Incoming, baseUrl: string): string {
  // The request had no condition, so "not modified" has no meaning.
  if (status === 304) return 'not modified, though nobody asked';
  const location = headers.location ?? '';
  // The message names only the host, because path and query of such an address may be secret.
  const target = URL.canParse(location, baseUrl) ? new URL(location, baseUrl).host : 'an unreadable address';
  return `redirected to ${target}; check the base URL`;
}

function unreadable(incoming: Incoming, json: unknown): [FailureKind, Texts] {
  if (incoming.body.trim() === '') return ['malformed', ['empty body']];
  if (json !== undefined) return ['malformed', ['JSON, but no object']];
  if (isPageNotService(incoming, json)) return ['malformed', ['a web page, not JSON']];
  // Without a length, only the JSON parser notices that a body was cut (H13).
  const isCut = !incoming.framed && /^\s*\{/.test(incoming.body);
  return isCut ? ['unavailable', ['the body was cut']] : ['malformed', ['not JSON']];
}
