import type { IncomingMessage } from 'node:http';
import { carriedBy, CREDENTIAL_HEADERS, masked, type Carried } from '../state/credentials.ts';
import type { Fields, Json, Route } from '../model.ts';
import { violate, type World } from '../state/world.ts';

/** One request, before it is answered. */
export interface Call {
  route: Route;
  method: string;
  /** Without the query. */
  pathname: string;
  /** With the query. Credentials are masked. */
  shownPath: string;
  /** Null: none, or not a text. */
  jobId: string | null;
  queueType: string | null;
  /** The JSON body; null: none, or not an object. */
  fields: Fields | null;
  carried: Carried[];
  headers: Record<string, string>;
  body: Json;
}

const PATHS: Record<World['service'], Record<string, { route: Route; method: string }>> = {
  docswrite: { '/api/job/status': { route: 'status', method: 'POST' } },
  deepwriter: {
    '/api/getJobStatus': { route: 'status', method: 'GET' },
    '/api/cancelJob': { route: 'cancel', method: 'POST' },
  },
};
const CREDENTIAL_PARAMETERS = ['token', 'key', 'api_key', 'apikey', 'access_token', 'x-api-key', 'x-access-token'];

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

const textOf = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);
const isFields = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function hide(text: string, tokens: readonly string[]): string {
  return tokens.reduce((shown, token) => (token === '' ? shown : shown.replaceAll(token, masked(token))), text);
}

/** Reads a request, and records violations: what a client of these services must not do. */
export function readCall(world: World, incoming: IncomingMessage, bodyText: string): Call {
  const url = new URL(incoming.url ?? '/', 'http://simulator');
  const method = incoming.method ?? 'GET';
  const known = PATHS[world.service][url.pathname];
  const route = known !== undefined && known.method === method ? known.route : 'other';
  const body = bodyText === '' ? undefined : parsed(bodyText);
  const fields = isFields(body) ? body : null;
  const asked = method === 'GET' ? url.searchParams.get('jobId') : fields?.['jobId'];
  const carried = carriedBy(incoming.headers);
  const tokens = [...world.credentials, ...carried].map(({ token }) => token);
  const headers = Object.entries(incoming.headers).map(([name, value]) => {
    const text = String(value);
    return [name, CREDENTIAL_HEADERS.includes(name) ? masked(text) : hide(text, tokens)] as const;
  });
  const shownPath = hide(decodeURIComponentSafely(incoming.url ?? '/'), tokens);
  const call: Call = {
    route,
    method,
    pathname: url.pathname,
    shownPath: shownPath.replace(/([?&](?:token|key|api_key|access_token)=)[^&]*/gi, '$1…'),
    jobId: textOf(asked),
    queueType: world.service === 'docswrite' ? (textOf(fields?.['queueType']) ?? 'post') : null,
    fields,
    carried,
    headers: Object.fromEntries(headers),
    body: body === undefined ? null : (JSON.parse(hide(JSON.stringify(body), tokens)) as Json),
  };
  inspect(world, call, {
    known: known !== undefined,
    url,
    asked,
    incoming,
    broken: bodyText !== '' && body === undefined,
  });
  return call;
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

interface Facts {
  known: boolean;
  url: URL;
  asked: Json | undefined;
  incoming: IncomingMessage;
  broken: boolean;
}

function inspect(world: World, call: Call, { known, url, asked, incoming, broken }: Facts): void {
  const where = { path: call.shownPath, jobId: call.jobId };
  const asIs = decodeURIComponentSafely(url.href);
  const names = [...url.searchParams.keys()].map((name) => name.toLowerCase());
  if (call.carried.length > 1) violate(world, 'two-credentials', where);
  if (
    names.some((name) => CREDENTIAL_PARAMETERS.includes(name)) ||
    world.credentials.some(({ token }) => asIs.includes(token))
  ) {
    violate(world, 'credential-in-url', where);
  }
  if (call.route === 'other') return violate(world, known ? 'wrong-method' : 'unknown-route', where);
  if (asked !== undefined && asked !== null && typeof asked !== 'string') violate(world, 'job-id-not-text', where);
  const isApiKey = (token: string): boolean =>
    world.credentials.some((one) => one.token === token && one.style === 'x-api-key');
  if (call.carried.some(({ style, token }) => style === 'bearer' && isApiKey(token)))
    violate(world, 'api-key-as-bearer', where);
  if (call.method !== 'POST') return;
  if (!/^application\/json\b/i.test(incoming.headers['content-type'] ?? '')) violate(world, 'content-type', where);
  if (broken || call.fields === null) violate(world, 'body-not-json', where);
}
