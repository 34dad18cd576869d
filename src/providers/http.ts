import { ProviderError } from '../domain/failure.ts';
import type { FailureKind } from '../domain/failure.ts';
import { isRecord } from '../domain/json.ts';
import type { Json } from '../domain/json.ts';
import { clip } from '../domain/text.ts';
import { exchange } from './exchange.ts';
import type { Incoming, Outgoing, Wire } from './exchange.ts';
import { quotaWaitMs } from './rate-limit.ts';
import { clampRetryAfterMs, httpDateMs, retryAfterMs } from './retry-after.ts';
import { maskJson, MAX_TEXT } from './text.ts';
import type { Mask } from './text.ts';
import { envelopeKind, isErrorEnvelope, isPageNotService, refusalOf, verdictOf } from './verdict.ts';
import type { Refusal, Verdict } from './verdict.ts';

/** A 2xx answer with a JSON object as its body. Every other answer is a `ProviderError`. */
export interface ServiceAnswer {
  readonly status: number;
  /** As sent, but for an echoed credential, which is masked; `{}` for an empty body where that is allowed. */
  readonly json: Readonly<Record<string, unknown>>;
  /** The answer's own `Date`, epoch ms; null: none that can be read. */
  readonly date: number | null;
  /** `Retry-After`, within 1 s and 1 h; null: none. A service may hint its poll interval so. */
  readonly retryAfterMs: number | null;
}

/** What an adapter may say about how its answers are read. */
export interface Reading {
  /** An empty 2xx is an answer too, as for a cancel; else it is `malformed` (H11). */
  readonly mayBeEmpty?: boolean;
  /** @returns what a person should know about a refusal besides the service's own words; null: nothing */
  readonly explain?: (refusal: Refusal) => string | null;
}

/**
 * What an adapter gets to make its requests: credential, base URL, time limits and the caller's signal are inside.
 * Both methods throw `ProviderError` of every kind: network, timeouts, refusals, unreadable answers.
 */
export interface ServiceCall {
  /** How a credential of this form is usually sent (`Provider.authOf`): its kind, never its value. */
  readonly credentialForm: string;
  readonly get: (path: string, query: Readonly<Record<string, string>>, reading?: Reading) => Promise<ServiceAnswer>;
  readonly post: (path: string, body: Json, reading?: Reading) => Promise<ServiceAnswer>;
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
  /** How messages begin, such as `deepwriter: poll`. */
  readonly label: string;
  readonly baseUrl: string;
  readonly credential: Credential;
  readonly signal: AbortSignal;
  readonly wire: Wire;
  /** Is told when an answer's rate headers leave no call to this credential for so long, ms (H8). */
  readonly onQuotaUsedUp?: (forMs: number) => void;
}

/** Builds the calls of one poll or cancel. */
export function serviceCall(setup: CallSetup): ServiceCall {
  const { label, baseUrl, credential, signal, wire } = setup;
  const ask = async (out: Pick<Outgoing, 'method' | 'url' | 'body'>, reading: Reading): Promise<ServiceAnswer> => {
    const content: Record<string, string> = out.body === undefined ? {} : { 'content-type': 'application/json' };
    const headers = {
      accept: 'application/json',
      'user-agent': 'durable-job-tracker',
      ...content,
      ...credential.headers,
    };
    return judge(await exchange({ ...out, label, headers, signal }, wire), setup, reading);
  };
  return {
    credentialForm: credential.form,
    get: async (path, query, reading = {}) => {
      const url = new URL(baseUrl + path);
      url.search = new URLSearchParams(query).toString();
      return ask({ method: 'GET', url, body: undefined }, reading);
    },
    post: async (path, body, reading = {}) =>
      ask({ method: 'POST', url: new URL(baseUrl + path), body: JSON.stringify(body) }, reading),
  };
}

/** The order is fixed: redirect, network page, status, JSON, envelope; time and size were judged on the way here. */
function judge(incoming: Incoming, setup: CallSetup, reading: Reading): ServiceAnswer {
  const { status, body } = incoming;
  const hints = hintsOf(incoming);
  if (hints.quotaWaitMs !== null) setup.onQuotaUsedUp?.(hints.quotaWaitMs);
  const fail = failing(setup, incoming, hints);
  if (status >= 300 && status < 400) throw redirected(incoming, setup, fail);
  const json = parsed(body, setup.credential.maskAnswers);
  if (status < 200 || status >= 400) {
    const verdict = verdictOf(incoming, json);
    const refusal = refusalOf(status, json);
    const hint = verdict.edge ? null : (reading.explain?.(refusal) ?? null);
    throw fail(verdict, [refusal.text, hint], refusal.code);
  }
  if (body.trim() === '' && reading.mayBeEmpty === true) return answerOf(status, {}, hints);
  if (!isRecord(json)) throw fail(...unreadable(incoming, json));
  if (isErrorEnvelope(json)) {
    const refusal = refusalOf(status, json);
    throw fail(
      { kind: envelopeKind(refusal), edge: false },
      [refusal.text, reading.explain?.(refusal) ?? null],
      refusal.code,
    );
  }
  return answerOf(status, json, hints);
}

/** All that an answer's headers say about time and pace. */
function hintsOf({ headers, valuesOf }: Incoming): Hints {
  const nowMs = Date.now();
  const date = httpDateMs(headers.date ?? '', nowMs);
  const wishMs = retryAfterMs(valuesOf('retry-after'), date, nowMs);
  // What the service asks for in words of its own wins over what its counters say (H8).
  return { date, wishMs, quotaWaitMs: wishMs === null ? quotaWaitMs({ valuesOf, dateMs: date, nowMs }) : null };
}

interface Hints {
  readonly date: number | null;
  /** `Retry-After` as asked, before it is clamped. */
  readonly wishMs: number | null;
  /** By the rate headers nothing remains for so long; null: something does, or `Retry-After` says more. */
  readonly quotaWaitMs: number | null;
}

function answerOf(status: number, json: Record<string, unknown>, { date, wishMs }: Hints): ServiceAnswer {
  return { status, json, date, retryAfterMs: wishMs === null ? null : clampRetryAfterMs(wishMs) };
}

/** @returns undefined for what is no JSON */
function parsed(body: string, mask: Mask): unknown {
  try {
    return maskJson(JSON.parse(body), mask);
  } catch {
    return undefined;
  }
}

type Fail = (verdict: Verdict, texts: readonly (string | null)[], code?: string | null) => ProviderError;

function failing({ label, credential }: CallSetup, incoming: Incoming, { wishMs }: Hints): Fail {
  const { status, headers } = incoming;
  return ({ kind, edge }, texts, code = null) => {
    // Only these two statuses are defined to carry it; elsewhere it would slow polls for no reason (H5).
    const retryAfter = wishMs !== null && (status === 429 || status === 503) ? clampRetryAfterMs(wishMs) : null;
    const ray = edge && /^[\w-]{1,64}$/.test(String(headers['cf-ray'])) ? `, cf-ray=${String(headers['cf-ray'])}` : '';
    const asked = retryAfter === wishMs ? '' : ` (asked: ${(wishMs ?? 0) / 1_000}s)`;
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
  // We sent no condition, so "not modified" tells nothing.
  if (status === 304) return fail({ kind: 'unavailable', edge: false }, ['not modified, though nobody asked']);
  const location = headers.location ?? '';
  // Only the host: path and query of such an address may work as a secret.
  const target = URL.canParse(location, baseUrl) ? new URL(location, baseUrl).host : 'an unreadable address';
  return fail({ kind: 'rejected', edge: false }, [`redirected to ${target}; check the base URL`]);
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
