import type { FailureKind } from '../../contract/failure.ts';
import { isRecord } from '../../contract/json.ts';
import type { Incoming } from './exchange.ts';
import { cleanText } from '../reading/text.ts';

/** What an error answer says of itself: `code` if it is a text, `text` the message and its details; null: nothing. */
export interface Refusal {
  readonly status: number;
  readonly code: string | null;
  readonly text: string | null;
}

/** What a failing answer means; `edge`: a content delivery network answered in place of the service. */
export interface Verdict {
  readonly kind: FailureKind;
  readonly edge: boolean;
}

/** @returns whether the parsed body of an answer of this status is an error as only this service writes it */
export type IsOwnError = (json: Readonly<Record<string, unknown>>, status: number) => boolean;

/** Kinds that may end a job, which only the service may do. */
const ENDING: ReadonlySet<FailureKind> = new Set(['unauthorized', 'not-found', 'rejected']);

/**
 * Tells what an answer outside 2xx means (H10, H20). What may end a job counts only in the service's own error shape: a gateway, a mesh or
 * a maintenance page answers with the same status, and knows nothing of credential or job.
 * @param json the parsed body; undefined: it is no JSON
 */
export function verdictOf(incoming: Incoming, json: unknown, isOwnError: IsOwnError): Verdict {
  const { status } = incoming;
  const kind = kindOf(status);
  const isPage = isPageNotService(incoming, json);
  const isUnproven = ENDING.has(kind) && !(isRecord(json) && isOwnError(json, status));
  // Cloudflare blocks with pages, and with the plain text `error code: 1020`; 520-527 exist at the network only.
  const isMute = isPage && (kind === 'rate-limited' || ENDING.has(kind));
  const edge =
    isMute || (status === 403 && !isRecord(json)) || (isPage && status === 503) || (status >= 520 && status <= 527);
  return { kind: isMute || isUnproven ? 'unavailable' : kind, edge };
}

/** What a router says of a path that it does not know is no word about a job: a sentence about routes, or the bare phrase of the status. */
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

/** A path may hold the word "job". */
function withoutPaths(text: string): string {
  return text.replace(/\S*\/\S*/g, ' ').trim();
}

/**
 * The shapes of most services: `{error: text}`, `{error: true, message}`, `{success: false, error}`, with `code`, `message`, `details` or
 * none. `{message}` alone is what gateways say, so it counts where it names a job. A sentence of a router counts in no shape.
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
  // 407 is a proxy's, 421 that of a server for other hosts.
  if (status === 407 || status === 408 || status === 421 || status === 425) return 'unavailable';
  // Not implemented, version not supported: no later attempt will do better.
  if (status === 501 || status === 505) return 'rejected';
  return status >= 500 ? 'unavailable' : 'rejected';
}

/** A page for people: a challenge, a body that begins like HTML, or HTML by its content type if the body is no JSON (H10, H12). */
export function isPageNotService({ headers, body }: Incoming, json: unknown): boolean {
  if (headers['cf-mitigated'] !== undefined || body.trimStart().startsWith('<')) return true;
  return json === undefined && /^\s*text\/html\b/i.test(headers['content-type'] ?? '');
}

/** Reads all envelopes seen: `{error: true, code?, message, details?}`, `{success: false, error}`, `{error}`, `{message}`. */
export function refusalOf(status: number, json: unknown): Refusal {
  if (!isRecord(json)) return { status, code: null, text: null };
  const inner = isRecord(json['error']) ? json['error'] : json;
  const message = cleanText(inner['message'], 500) ?? cleanText(json['error'], 500);
  const details = cleanText(json['details'], 300);
  const code = typeof inner['code'] === 'string' && /^[\w.-]{1,64}$/.test(inner['code']) ? inner['code'] : null;
  return { status, code, text: message !== null && details !== null ? `${message}: ${details}` : (message ?? details) };
}

const ENVELOPE_KEYS = new Set(['success', 'error', 'message', 'code', 'details']);

/** True: an answer under 2xx is an error nonetheless, and no state may be read from it (H14). */
export function isErrorEnvelope(json: Record<string, unknown>): boolean {
  if (json['success'] === false || json['error'] === true) return true;
  return cleanText(json['error']) !== null && Object.keys(json).every((key) => ENVELOPE_KEYS.has(key));
}

/** What the documented error codes of a service mean. */
export type ErrorCodes = Readonly<Record<string, FailureKind>>;

/**
 * Tells what an error under 2xx means: by documented code, else by documented sentence, else `unavailable`. Not
 * `rejected`: nothing says that the request was wrong, and a passing fault must not end a job that was never seen.
 */
export function envelopeKind({ code, text }: Refusal, codes: ErrorCodes): FailureKind {
  const known = code !== null && Object.hasOwn(codes, code) ? codes[code] : undefined;
  if (known !== undefined) return known;
  if (/^(unauthori[sz]ed|unauthenticated|access denied)\b/i.test(text ?? '')) return 'unauthorized';
  return /^job not found\b/i.test(text ?? '') ? 'not-found' : 'unavailable';
}
