/** Reads the text of a file of accounts. Pure: it opens no credential. */
import { z } from 'zod';
import { isRecord } from '../contract/json.ts';
import { NAME, NAME_PROBLEM } from '../contract/name.ts';
import { traitsOf } from '../contract/providers.ts';
import { DEFAULT_POOL, POOL, POOL_PROBLEM } from '../contract/task-queue.ts';
import { PROVIDERS } from '../providers/registry/traits.ts';
import type { Account } from './account.ts';
import { unquoted } from './pasted.ts';
import { baseUrl, BUDGET, parsedJson, whole } from './values.ts';

/** Where the credential of an entry is. */
export type CredentialSource = { readonly variable: string } | { readonly path: string };

/** One entry of a file of accounts. */
export interface Entry {
  /** The account for messages: its name, or its position if the name is wrong, because a wrong name may be a pasted secret. */
  readonly owner: string;
  /** Ends of the sentence that begins with `owner`. Without a problem, and only then, the entry can be used. */
  readonly problems: readonly string[];
  readonly account: Omit<Account, 'secret'>;
  /** null: the workers of the pool have it, or it is wrong. */
  readonly credential: CredentialSource | null;
  /** See `credentialIn`. */
  readonly addsScheme: boolean;
}

const FIELDS = 'provider, tokenEnv or tokenFile, pool, baseUrl, auth, requestsPerMinute';
const TEXT_PROBLEM = 'must be text that is not empty';
const name = z.string({ error: NAME_PROBLEM }).regex(NAME, NAME_PROBLEM);
const text = z.string({ error: TEXT_PROBLEM }).min(1, TEXT_PROBLEM);

/** The errors do not name unknown fields, because a field name may be a pasted secret. */
const entrySchema = z.strictObject(
  {
    provider: name,
    tokenEnv: text.optional(),
    tokenFile: text.optional(),
    pool: z.string({ error: POOL_PROBLEM }).regex(POOL, POOL_PROBLEM).optional(),
    baseUrl: baseUrl.optional(),
    auth: name.optional(),
    requestsPerMinute: z
      .unknown()
      .transform((value) => (typeof value === 'number' ? String(value) : ''))
      .pipe(whole(BUDGET))
      .optional(),
  },
  {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? `has a field that is not known: known are ${FIELDS}`
        : `must be an object of ${FIELDS}`,
  },
);

/** @returns the entries with the problems of each; as text: the problem of the whole file */
export function entriesIn(content: string): Entry[] | string {
  const json = parsedJson(content.trim());
  if (!isRecord(json)) return `names a file that is no JSON object: write { name: { ${FIELDS} } }`;
  if (hasRepeatedKeys(content)) return 'names a file with two accounts of one name: rename one of them';
  return Object.entries(json).map(([key, entry], index) => entryOf(unquoted(key), unquotedFields(entry), index + 1));
}

function unquotedFields(entry: unknown): unknown {
  if (!isRecord(entry)) return entry;
  const meant = (value: unknown): unknown => (typeof value === 'string' ? unquoted(value) : value);
  return Object.fromEntries(Object.entries(entry).map(([key, value]) => [key, meant(value)]));
}

function entryOf(key: string, given: unknown, position: number): Entry {
  const { data, error } = entrySchema.safeParse(given);
  const fields = isRecord(given) ? given : {};
  const auths = authsOf(fields['provider']);
  const { auth } = fields;
  const isWrongAuth = typeof auth === 'string' && NAME.test(auth) && auths !== null && !auths.includes(auth);
  return {
    owner: NAME.test(key) ? `account "${key}"` : `account ${position}`,
    problems: [
      ...(NAME.test(key) ? [] : [`its name ${NAME_PROBLEM}`]),
      ...(error?.issues ?? []).map(({ path, message }) => [...path.map(String), message].join(' ')),
      ...(isWrongAuth ? [`auth must be ${auths.join(' or ')}`] : []),
      ...(isRecord(given) ? credentialProblems(fields) : []),
    ],
    account: {
      name: key,
      provider: data?.provider ?? '',
      pool: data?.pool ?? DEFAULT_POOL,
      baseUrl: data?.baseUrl ?? null,
      auth: data?.auth ?? null,
      requestsPerMinute: data?.requestsPerMinute ?? null,
    },
    credential: sourceOf(fields),
    addsScheme: auths !== null,
  };
}

/** @returns the provider's ways to send a credential; null: not a built-in provider, whose adapter checks it later */
function authsOf(provider: unknown): readonly string[] | null {
  return (typeof provider === 'string' && traitsOf(PROVIDERS, provider)?.auths) || null;
}

function credentialProblems({ tokenEnv, tokenFile, pool, baseUrl: url, auth }: Record<string, unknown>): string[] {
  const given = [tokenEnv, tokenFile].filter((value) => value !== undefined).length;
  if (given === 1) return [];
  if (given === 2 || pool === undefined)
    return [
      'needs tokenEnv (the name of a variable) or tokenFile (a path), and only one of them; or a pool alone, whose workers have it',
    ];
  const isUseless = url !== undefined || auth !== undefined;
  return isUseless ? ['has a pool and no credential, so baseUrl and auth have no effect: leave them out'] : [];
}

function sourceOf({ tokenEnv: variable, tokenFile: path }: Record<string, unknown>): CredentialSource | null {
  if (variable !== undefined && path !== undefined) return null;
  if (typeof variable === 'string' && variable !== '') return { variable };
  return typeof path === 'string' && path !== '' ? { path } : null;
}

/** `JSON.parse` would silently drop the first of two accounts with the same name. */
function hasRepeatedKeys(json: string): boolean {
  const keys: string[] = [];
  let depth = 0;
  for (const [token, key] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (key !== undefined && depth === 1) keys.push(JSON.parse(key) as string); // parsed, because an escaped name may be the same
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth -= 1;
  }
  return new Set(keys).size < keys.length;
}
