import type { FailureKind } from '../../contract/failure.ts';
import { isRecord } from '../../contract/json.ts';
import type { Incoming } from './exchange.ts';
import { cleanText } from '../reading/text.ts';

/** The contents of an error body: its code, and its message with details; null: none. */
export interface Refusal {
  readonly status: number;
  readonly code: string | null;
  readonly text: string | null;
}

/** The meaning of an error answer. */
interface Verdict {
  readonly kind: FailureKind;
  /** A content delivery network answered instead of the service. */
  readonly edge: boolean;
}

/** @returns whether only this service writes such an error body with this status */
export type IsOwnError = (json: Readonly<Record<string, unknown>>, status: number) => boolean;

/** The kinds that may end a job. They need an answer of the service itself. */
const ENDING: ReadonlySet<FailureKind> = new Set(['unauthorized', 'not-found', 'rejected']);

/**
 * Decides the meaning of an answer outside 2xx (H10, H20). A kind that may end a job needs an error body of the service. A gateway or a
 * maintenance page may answer with the same status, but knows nothing about credential or job.
 * @param json the parsed body; undefined: not JSON
 */
export function verdictOf(incoming: Incoming, json: unknown, isOwnError: IsOwnError): Verdict {
  const { status } = incoming;
  const kind = kindOf(status);
  const isPage = isPageNotService(incoming, json);
  const isUnproven = ENDING.has(kind) && !(isRecord(json) && isOwnError(json, status));
  // Cloudflare blocks with pages, and with the plain text `error code: 1020`. Only such networks use 520-527.
  const isMute = isPage && (kind === 'rate-limited' || ENDING.has(kind));
  const edge =
    isMute || (status === 403 && !isRecord(json)) || (isPage && status === 503) || (status >= 520 && status <= 527);
  return { kind: isMute || isUnproven ? 'unavailable' : kind, edge };
}

/** @returns whether the error is about an unknown path, not about a job: it names a route, or has only the phrase of the status */
function isOfNoJob(status: number, json: Record<string, unknown>): boolean {
  const text = withoutPaths(refusalOf(status, json).text ?? '');
  if (OF_ROUTERS.test(text)) return true;
  if (status !== 404 && status !== 410) return false;
  return BARE.test(text) || OF_PAGES.test(text) || (OF_HOSTS.test(text) && !OF_JOBS.test(text));
}

const OF_JOBS = /\bjobs?\b/i;
const OF_ROUTERS = /\broutes?\b|\bcannot (get|post|put|patch|delete)\b/i;
const OF_PAGES = /\b(paths?|endpoints?|pages?|ur[il]s?)\b/i;
const OF_HOSTS =
  /\b(resource|entity|hosts?|domain|upstream|backend|servers?|gateway|application|deployment|function)\b/i;
const BARE = /^[\W\d]*(not[ _-]?found|gone|get|post|put|patch|delete)?\W*$/i;

/** Removes paths, which may contain the word "job". */
function withoutPaths(text: string): string {
  return text.replace(/\S*\/\S*/g, ' ').trim();
}

/**
 * Accepts the error bodies of most services: `{error: text}`, `{error: true, message}`, `{success: false, error}`, also with `code`,
 * `message` or `details`. Gateways also write `{message}` alone, so that counts only if it names a job. The message of a router never
 * counts.
 */
export const isUsualError: IsOwnError = (json, status) => {
  if (!Object.keys(json).every((key) => ENVELOPE_KEYS.has(key)) || isOfNoJob(status, json)) return false;
  const [error, message] = [cleanText(json['error']), cleanText(json['message'])];
  if (isRecord(json['error'])) return cleanText(json['error']['message']) !== null;
  if (json['error'] === true) return message !== null || cleanText(json['code']) !== null;
  return error !== null || (message !== null && OF_JOBS.test(withoutPaths(message)));
};

function kindOf(status: number): FailureKind {
  if (status === 401 || status === 402 || status === 403) return 'unauthorized';
  if (status === 404 || status === 410) return 'not-found';
  if (status === 429) return 'rate-limited';
  // 407 comes from a proxy, 421 from a server for other hosts.
  if (status === 407 || status === 408 || status === 421 || status === 425) return 'unavailable';
  // Not implemented, version not supported: a later attempt fails too.
  if (status === 501 || status === 505) return 'rejected';
  return status >= 500 ? 'unavailable' : 'rejected';
}

/** @returns whether it is a page for people: a challenge, a body that begins like HTML, or a body of type HTML that is not JSON (H10, H12) */
export function isPageNotService({ headers, body }: Incoming, json: unknown): boolean {
  if (headers['cf-mitigated'] !== undefined || body.trimStart().startsWith('<')) return true;
  return json === undefined && /^\s*text\/html\b/i.test(headers['content-type'] ?? '');
}

/** Reads the known error bodies: `{error: true, code?, message, details?}`, `{success: false, error}`, `{error}`, `{message}`. */
export function refusalOf(status: number, json: unknown): Refusal {
  if (!isRecord(json)) return { status, code: null, text: null };
  const inner = isRecord(json['error']) ? json['error'] : json;
  const message = cleanText(inner['message'], 500) ?? cleanText(json['error'], 500);
  const details = cleanText(json['details'], 300);
  const code = typeof inner['code'] === 'string' && /^[\w.-]{1,64}$/.test(inner['code']) ? inner['code'] : null;
  return { status, code, text: message !== null && details !== null ? `${message}: ${details}` : (message ?? details) };
}

const ENVELOPE_KEYS = new Set(['success', 'error', 'message', 'code', 'details']);

/** @returns whether an answer with status 2xx is an error. Then no state may be read from it (H14). */
export function isErrorEnvelope(json: Record<string, unknown>): boolean {
  if (json['success'] === false || json['error'] === true) return true;
  return cleanText(json['error']) !== null && Object.keys(json).every((key) => ENVELOPE_KEYS.has(key));
}

/** The meaning of a service's documented error codes. */
export type ErrorCodes = Readonly<Record<string, FailureKind>>;

/**
 * Decides the meaning of an error with status 2xx: by its documented code, else by its message, else `unavailable`. Not
 * `rejected`: the request may be right, and a transient fault must not end a job that was never seen.
 */
export function envelopeKind({ code, text }: Refusal, codes: ErrorCodes): FailureKind {
  const known = code !== null && Object.hasOwn(codes, code) ? codes[code] : undefined;
  if (known !== undefined) return known;
  if (/^(unauthori[sz]ed|unauthenticated|access denied)\b/i.test(text ?? '')) return 'unauthorized';
  return /^job not found\b/i.test(text ?? '') ? 'not-found' : 'unavailable';
}
