import { ProviderError } from '../../contract/failure.ts';
import type { FailureKind } from '../../contract/failure.ts';
import { isRecord } from '../../contract/json.ts';
import type { Json } from '../../contract/json.ts';
import { clip } from '../../contract/text.ts';
import { exchange } from './exchange.ts';
import type { Incoming, Method, Outgoing, Wire } from './exchange.ts';
import { parsedJson } from './exact-json.ts';
import type { Mask } from './mask.ts';
import { clampRetryAfterMs } from './retry-after.ts';
import type { TimingHints } from './timing-hints.ts';
import { timingHintsOf } from './timing-hints.ts';
import { MAX_TEXT } from '../reading/text.ts';
import { envelopeKind, isErrorEnvelope, isPageNotService, refusalOf, verdictOf } from './verdict.ts';
import type { ErrorCodes, IsOwnError, Refusal, Verdict } from './verdict.ts';

/** A 2xx answer with a JSON object as its body. Every other answer is a `ProviderError`. */
export interface ServiceAnswer {
  readonly status: number;
  /** As sent, but for an echoed credential, which is masked; `{}` for an empty body where that is allowed. */
  readonly json: Readonly<Record<string, unknown>>;
  /** The answer's own `Date`, epoch ms; null: none that can be read. */
  readonly date: number | null;
  /** `Retry-After`, within 1 s and 1 h; null: none. A service may hint its poll interval so. */
  readonly retryAfterMs: number | null;
  /** The body where it is a list, and `mayBeList` allows that; `json` is `{}` then. */
  readonly list: readonly unknown[] | null;
  /** A whole number beyond 2^53 was in the body: it stands as text, digit for digit, for a JavaScript number would be another one. */
  readonly hasBigNumbers: boolean;
}

/** What an adapter may say about how its answers are read. */
export interface Reading {
  /** An empty 2xx is an answer too, as for a cancel; else it is `malformed` (H11). */
  readonly mayBeEmpty?: boolean;
  /** A JSON array is an answer too; else it is `malformed` (H12). */
  readonly mayBeList?: boolean;
  /** @returns what a person should know about a refusal besides the service's own words; null: nothing */
  readonly explain?: (refusal: Refusal) => string | null;
}

/**
 * What an adapter gets to make its requests: credential, base URL, time limits and the caller's signal are inside.
 * Each method throws `ProviderError` of every kind: network, timeouts, refusals, unreadable answers. A path that holds an id is written
 * with the template `path`.
 */
export interface ServiceCall {
  /** How a credential of this form is usually sent (`Provider.authOf`): its kind, never its value. */
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
 * A template for paths: each value becomes one segment, whatever is in it: ``call.delete(path`/jobs/${jobId}`)``.
 * @throws ProviderError `rejected` for a value that no path can hold: an empty one, `.` and `..`
 */
export function path(texts: TemplateStringsArray, ...values: readonly string[]): string {
  const segments = values.map((value) => {
    if (/^\.{0,2}$/.test(value))
      throw new ProviderError('rejected', 'the id cannot be part of a path: it is empty, "." or ".."');
    return encodeURIComponent(value);
  });
  return texts.reduce((before, text, index) => `${before}${segments[index - 1] ?? ''}${text}`);
}

/** A credential in use: its one header, and the mask that keeps it out of all texts. */
export interface Credential {
  readonly form: string;
  readonly headers: Record<string, string>;
  readonly mask: Mask;
  /** Masks whole answers; does nothing for credentials so short that ordinary words would be hit. */
  readonly maskAnswers: Mask;
}

export interface CallSetup {
  /** See `Provider.isOwnError`. */
  readonly isOwnError: IsOwnError;
  /** See `Provider.errorCodes`. */
  readonly errorCodes: ErrorCodes;
  /** How messages begin, such as `printshop: poll`. */
  readonly label: string;
  readonly baseUrl: string;
  readonly credential: Credential;
  readonly signal: AbortSignal;
  readonly wire: Wire;
  /** Called when the rate headers of an answer allow this credential no further call for this time, ms (H8). */
  readonly onQuotaUsedUp?: (forMs: number) => void;
}

/** Builds the calls of one poll or cancel. */
export function serviceCall(setup: CallSetup): ServiceCall {
  const { label, baseUrl, credential, signal, wire } = setup;
  const ask = async (out: Pick<Outgoing, 'method' | 'url' | 'body'>, reading: Reading, type?: string) => {
    const content: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    const headers = {
      accept: 'application/json',
      'user-agent': 'durable-job-tracker',
      ...content,
      ...credential.headers,
    };
    return judge(await exchange({ ...out, label, headers, signal }, wire), setup, reading);
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

/** People paste the address of the API itself, where an adapter's paths begin with `/api`. */
function urlOf(baseUrl: string, to: string): URL {
  return new URL((to.startsWith('/api/') ? baseUrl.replace(/\/api$/, '') : baseUrl) + to);
}

/** The order is fixed: redirect, network page, status, JSON, envelope; time and size were judged on the way here. */
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
    const hint = verdict.kind === 'unavailable' ? strangerOf(incoming, verdict) : (reading.explain?.(refusal) ?? null);
    throw fail(verdict, [refusal.text, hint], refusal.code);
  }
  const said = { status, hints, hasBigNumbers };
  if (body.trim() === '' && reading.mayBeEmpty === true) return answerOf(said, {});
  if (Array.isArray(json) && reading.mayBeList === true) return { ...answerOf(said, {}), list: json as unknown[] };
  if (!isRecord(json)) throw fail(...unreadable(incoming, json));
  if (isErrorEnvelope(json)) {
    const refusal = refusalOf(status, json);
    throw fail(
      { kind: envelopeKind(refusal, setup.errorCodes), edge: false },
      [refusal.text, reading.explain?.(refusal) ?? null],
      refusal.code,
    );
  }
  return answerOf(said, json);
}

/** @returns what a person should know of a status below 500 that counts for nothing, since the service does not speak so; null: nothing */
function strangerOf({ status }: Incoming, { edge }: Verdict): string | null {
  const isPassing = [408, 425, 429].includes(status) || status >= 500;
  return edge || isPassing
    ? null
    : "not the service's own words: something in between may have answered; check the base URL";
}

interface Said {
  readonly status: number;
  readonly hints: TimingHints;
  readonly hasBigNumbers: boolean;
}

function answerOf({ status, hints, hasBigNumbers }: Said, json: Record<string, unknown>): ServiceAnswer {
  const { date, askedMs } = hints;
  return {
    status,
    json,
    list: null,
    hasBigNumbers,
    date,
    retryAfterMs: askedMs === null ? null : clampRetryAfterMs(askedMs),
  };
}

type Fail = (verdict: Verdict, texts: readonly (string | null)[], code?: string | null) => ProviderError;

function failing({ label, credential }: CallSetup, incoming: Incoming, { askedMs }: TimingHints): Fail {
  const { status, headers } = incoming;
  return ({ kind, edge }, texts, code = null) => {
    // Only these two statuses are defined to carry it; elsewhere it would slow polls for no reason (H5).
    const retryAfter = askedMs !== null && (status === 429 || status === 503) ? clampRetryAfterMs(askedMs) : null;
    const cfRay = headers['cf-ray'];
    const ray = edge && typeof cfRay === 'string' && /^[\w-]{1,64}$/.test(cfRay) ? `, cf-ray=${cfRay}` : '';
    const asked = retryAfter === askedMs ? '' : ` (asked: ${(askedMs ?? 0) / 1_000}s)`;
    const wait = retryAfter === null ? '' : `, retry-after=${retryAfter / 1_000}s${asked}`;
    const facts = `[http=${status}${code === null ? '' : `, code=${code}`}${wait}${ray}]`;
    const said = texts.filter((text) => text !== null).join('; ');
    const message = `${label} ${edge ? 'answered by a CDN' : PHRASES[kind]} ${facts}${said === '' ? '' : `: ${said}`}`;
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
  // We sent no condition, so "not modified" has no meaning.
  if (status === 304) return fail({ kind: 'unavailable', edge: false }, ['not modified, though nobody asked']);
  const location = headers.location ?? '';
  // Only the host: path and query of such an address may work as a secret.
  const target = URL.canParse(location, baseUrl) ? new URL(location, baseUrl).host : 'an unreadable address';
  // Not `rejected`: a login page or a maintenance page in between redirects too, and may not end a job.
  return fail({ kind: 'unavailable', edge: false }, [`redirected to ${target}; check the base URL`]);
}

function unreadable(incoming: Incoming, json: unknown): Parameters<Fail> {
  const malformed: Verdict = { kind: 'malformed', edge: false };
  if (incoming.body.trim() === '') return [malformed, ['empty body']];
  if (json !== undefined) return [malformed, ['JSON, but no object']];
  if (isPageNotService(incoming, json)) return [malformed, ['a web page, not JSON']];
  // Without a length a cut body ends as quietly as a whole one; only the parser notices (H13).
  const isCut = !incoming.framed && /^\s*\{/.test(incoming.body);
  return isCut ? [{ kind: 'unavailable', edge: false }, ['the body was cut']] : [malformed, ['not JSON']];
}
