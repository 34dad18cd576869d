import { type FailureKind, ProviderError } from '../../contract/failure.ts';
import { isRecord, type Json } from '../../contract/json.ts';
import { clip } from '../../contract/text.ts';
import { type Connections, exchange, type Incoming, type Method, type Outgoing } from './exchange.ts';
import { parsedJson } from './exact-json.ts';
import type { Mask } from './mask.ts';
import { clampRetryAfterMs } from './retry-after.ts';
import { type TimingHints, timingHintsOf } from './timing-hints.ts';
import { MAX_TEXT } from '../reading/text.ts';
import {
  envelopeKind,
  type ErrorCodes,
  isErrorEnvelope,
  type IsOwnError,
  isPageNotService,
  type Refusal,
  refusalOf,
  type Verdict,
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

/** @param body JSON, or a form (`URLSearchParams`); undefined: no body */
export type Send = (path: string, body?: Json | URLSearchParams, reading?: Reading) => Promise<ServiceAnswer>;

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
}

/** Makes the `ServiceCall` of one poll or cancel. */
export function serviceCall(setup: CallSetup): ServiceCall {
  const { label, baseUrl, credential, signal, connections } = setup;
  const ask = async (out: Pick<Outgoing, 'method' | 'url' | 'body'>, reading: Reading, type?: string) => {
    const content: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    const headers = {
      accept: 'application/json',
      'user-agent': 'durable-job-tracker',
      ...content,
      ...credential.headers,
    };
    return judge(await exchange({ ...out, label, headers, signal }, connections), setup, reading);
  };
  const send =
    (method: Method): Send =>
    async (to, body, reading = {}) => {
      const url = urlOf(baseUrl, to);
      if (body === undefined) return ask({ method, url, body: undefined }, reading);
      const isForm = body instanceof URLSearchParams;
      const text = isForm ? body.toString() : JSON.stringify(body);
      return ask(
        { method, url, body: text },
        reading,
        isForm ? 'application/x-www-form-urlencoded' : 'application/json',
      );
    };
  return {
    credentialForm: credential.form,
    get: async (to, query, reading = {}) => {
      const url = urlOf(baseUrl, to);
      url.search = new URLSearchParams(query).toString();
      return ask({ method: 'GET', url, body: undefined }, reading);
    },
    post: send('POST'),
    put: send('PUT'),
    patch: send('PATCH'),
    delete: send('DELETE'),
  };
}

/** A configured base URL may end in `/api`, though the adapter's paths begin with it. Then one of them is dropped. */
function urlOf(baseUrl: string, to: string): URL {
  return new URL((to.startsWith('/api/') ? baseUrl.replace(/\/api$/, '') : baseUrl) + to);
}

/** Checks in a fixed order: redirect, status, empty body, JSON, error envelope. `exchange` has checked time and size before. */
function judge(incoming: Incoming, setup: CallSetup, reading: Reading): ServiceAnswer {
  const { status, body } = incoming;
  const hints = timingHintsOf(incoming);
  if (hints.quotaWaitMs !== null) setup.onQuotaUsedUp?.(hints.quotaWaitMs);
  const fail = failing(setup, incoming, hints);
  if (status >= 300 && status < 400) throw redirected(incoming, setup, fail);
  const { json, hasBigNumbers } = parsedJson(body, setup.credential.maskAnswers);
  if (status < 200 || status >= 400) {
    const verdict = verdictOf(incoming, json, setup.isOwnError);
    const refusal = refusalOf(status, json);
    const hint =
      verdict.kind === 'unavailable' ? foreignAnswerHint(incoming, verdict) : (reading.explain?.(refusal) ?? null);
    throw fail(verdict, [refusal.text, hint], refusal.code);
  }
  const facts = { status, hints, hasBigNumbers };
  if (body.trim() === '' && reading.mayBeEmpty === true) return answerOf(facts, {});
  if (Array.isArray(json) && reading.mayBeList === true) return { ...answerOf(facts, {}), list: json as unknown[] };
  if (!isRecord(json)) throw fail(...unreadable(incoming, json));
  if (isErrorEnvelope(json)) {
    const refusal = refusalOf(status, json);
    throw fail(
      { kind: envelopeKind(refusal, setup.errorCodes), edge: false },
      [refusal.text, reading.explain?.(refusal) ?? null],
      refusal.code,
    );
  }
  return answerOf(facts, json);
}

/** @returns a hint for a status below 500 that does not count, because the body is not an error of the service; null: none */
function foreignAnswerHint({ status }: Incoming, { edge }: Verdict): string | null {
  const isPassing = [408, 425, 429].includes(status) || status >= 500;
  return edge || isPassing
    ? null
    : "not the service's own words: something in between may have answered; check the base URL";
}

interface AnswerFacts {
  readonly status: number;
  readonly hints: TimingHints;
  readonly hasBigNumbers: boolean;
}

function answerOf({ status, hints, hasBigNumbers }: AnswerFacts, json: Record<string, unknown>): ServiceAnswer {
  const { date, askedMs } = hints;
  const retryAfterMs = askedMs === null ? null : clampRetryAfterMs(askedMs);
  return { status, json, list: null, hasBigNumbers, date, retryAfterMs };
}

type Fail = (verdict: Verdict, texts: readonly (string | null)[], code?: string | null) => ProviderError;

function failing({ label, credential }: CallSetup, incoming: Incoming, { askedMs }: TimingHints): Fail {
  const { status, headers } = incoming;
  return ({ kind, edge }, texts, code = null) => {
    // `Retry-After` is defined for these two statuses. With others, it would delay polls without a reason (H5).
    const retryAfter = askedMs !== null && (status === 429 || status === 503) ? clampRetryAfterMs(askedMs) : null;
    const cfRay = headers['cf-ray'];
    const ray = edge && typeof cfRay === 'string' && /^[\w-]{1,64}$/.test(cfRay) ? `, cf-ray=${cfRay}` : '';
    const asked = retryAfter === askedMs ? '' : ` (asked: ${(askedMs ?? 0) / 1_000}s)`;
    const wait = retryAfter === null ? '' : `, retry-after=${retryAfter / 1_000}s${asked}`;
    const facts = `[http=${status}${code === null ? '' : `, code=${code}`}${wait}${ray}]`;
    const text = texts.filter((one) => one !== null).join('; ');
    const message = `${label} ${edge ? 'answered by a CDN' : PHRASES[kind]} ${facts}${text === '' ? '' : `: ${text}`}`;
    return new ProviderError(kind, clip(credential.mask(message), MAX_TEXT), {
      status,
      retryAfterMs: retryAfter,
      edge,
    });
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

function redirected({ status, headers }: Incoming, { baseUrl }: CallSetup, fail: Fail): ProviderError {
  // The request had no condition, so "not modified" has no meaning.
  if (status === 304) return fail({ kind: 'unavailable', edge: false }, ['not modified, though nobody asked']);
  const location = headers.location ?? '';
  // The message names only the host, because path and query of such an address may be secret.
  const target = URL.canParse(location, baseUrl) ? new URL(location, baseUrl).host : 'an unreadable address';
  // Not `rejected`: a login page or a maintenance page also redirects, and must not end a job.
  return fail({ kind: 'unavailable', edge: false }, [`redirected to ${target}; check the base URL`]);
}

function unreadable(incoming: Incoming, json: unknown): Parameters<Fail> {
  const malformed: Verdict = { kind: 'malformed', edge: false };
  if (incoming.body.trim() === '') return [malformed, ['empty body']];
  if (json !== undefined) return [malformed, ['JSON, but no object']];
  if (isPageNotService(incoming, json)) return [malformed, ['a web page, not JSON']];
  // Without a length, only the JSON parser notices that a body was cut (H13).
  const isCut = !incoming.framed && /^\s*\{/.test(incoming.body);
  return isCut ? [{ kind: 'unavailable', edge: false }, ['the body was cut']] : [malformed, ['not JSON']];
}
