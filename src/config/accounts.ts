import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { DEFAULT_ACCOUNT } from '../contract/job-id.ts';
import { isRecord } from '../contract/json.ts';
import { FILE_BYTES, readFileNow } from './file.ts';
import { know } from './known-secrets.ts';
import { NAME, NAME_PROBLEM } from '../contract/name.ts';
import { unquoted, credentialIn } from './pasted.ts';
import { type Secret, secretInFile, secretOf } from './secret.ts';
import { type ProviderTraits, traitsOf } from '../contract/providers.ts';
import { PROVIDERS } from '../providers/registry/traits.ts';
import { accountVariable, readAccountValues } from './account-settings.ts';
import { type Environment, type Report, valueOf } from './row.ts';
import type { Read } from './settings.ts';
import { baseUrl, BUDGET, parsedJson, whole } from './values.ts';

/** A named credential at one service. A workflow knows only the name; workers know the rest. */
export interface Account {
  /** `[a-z0-9-]{1,40}` */
  readonly name: string;
  readonly provider: string;
  /** Without a trailing slash or `/api`; null: the provider's default. */
  readonly baseUrl: string | null;
  /** How the credential is sent, one of `ProviderTraits.auths`; null: the adapter decides by the form of the credential. */
  readonly auth: string | null;
  readonly secret: Secret;
  /** The request budget; null: none. */
  readonly requestsPerMinute: number | null;
}

interface Source {
  readonly env: Environment;
  readonly read: Read;
  readonly report: Report;
}

/** The result of `readAccounts`. */
export interface AccountsRead {
  readonly accounts: Account[];
  /** The variables with credentials that the file names. */
  readonly variables: string[];
  readonly warnings: string[];
}

/**
 * Reads all accounts: the default accounts of the built-in providers, and those in the file of `JOBTRACK_ACCOUNTS`.
 * A missing token file is only a warning: a deployment names the token files of all services, but may mount only one. If no account is
 * left, it is a problem.
 */
export function readAccounts(source: Source): AccountsRead {
  const file = fileAccounts(source);
  const found = PROVIDERS.flatMap((traits) => defaultAccount(traits, source));
  const isServing = file.accounts.length > 0 || found.some(({ absent }) => absent === null);
  const defaults = found.filter(({ absent }) => absent === null || !isServing).map(({ account }) => account);
  const warnings: string[] = [];
  for (const { account, variable, absent } of found) {
    const effect = `this worker does not serve the default account of ${account.provider}`;
    if (absent !== null && isServing) warnings.push(`${variable} ${absent}; until then and a restart, ${effect}`);
    if (absent !== null && !isServing) source.report(variable, absent);
  }
  for (const { provider, name } of file.accounts) {
    if (!defaults.some((account) => account.provider === provider && account.name === name)) continue;
    const other = `${accountVariable(provider, 'token')} or ${accountVariable(provider, 'tokenFile')}`;
    source.report('JOBTRACK_ACCOUNTS', `account "${name}" of ${provider} is given by ${other} too: keep one of them`);
  }
  return { accounts: [...defaults, ...file.accounts], variables: file.variables, warnings };
}

/** A default account. `absent`: the problem, if its token file is missing or empty. */
interface DefaultAccount {
  readonly account: Account;
  readonly variable: string;
  readonly absent: string | null;
}

function defaultAccount(traits: ProviderTraits, { env, report }: Source): DefaultAccount[] {
  const provider = traits.name;
  const { token, tokenFile: path, ...rest } = readAccountValues(traits, env, report);
  const [tokenName, fileName] = [accountVariable(provider, 'token'), accountVariable(provider, 'tokenFile')];
  const [tokenGiven, fileGiven] = [tokenName, fileName].map((variable) => valueOf(env, variable) !== null);
  if (!tokenGiven && !fileGiven) {
    const problem = `is given without a credential: set ${tokenName} or ${fileName}, or leave it out`;
    const needing = (['baseUrl', 'auth', 'requestsPerMinute'] as const).map((part) => accountVariable(provider, part));
    for (const variable of needing) if (valueOf(env, variable) !== null) report(variable, problem);
    return [];
  }
  if (tokenGiven && fileGiven) report(fileName, `is given besides ${tokenName}: leave one of them out`);
  const inFile = path === null ? null : secretInFile({ path, owner: fileName, addsScheme: true });
  const { problem = null, isAbsent = false } = inFile ?? {};
  if (problem !== null && !isAbsent) report(fileName, problem);
  const secret = inFile?.secret ?? secretOf(() => token ?? '');
  const account = { name: DEFAULT_ACCOUNT, provider, secret, ...rest };
  return [{ account, variable: fileName, absent: isAbsent ? problem : null }];
}

const FIELDS = 'provider, tokenEnv or tokenFile, baseUrl, auth, requestsPerMinute';
const TEXT_PROBLEM = 'must be text that is not empty';
const name = z.string({ error: NAME_PROBLEM }).regex(NAME, NAME_PROBLEM);
const text = z.string({ error: TEXT_PROBLEM }).min(1, TEXT_PROBLEM);

/** The errors do not name unknown fields, because a field name may be a pasted secret. */
const entrySchema = z.strictObject(
  {
    provider: name,
    tokenEnv: text.optional(),
    tokenFile: text.optional(),
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

interface FileSource extends Source {
  readonly folder: string;
}

function fileAccounts(source: Source): Omit<AccountsRead, 'warnings'> {
  const none: Omit<AccountsRead, 'warnings'> = { accounts: [], variables: [] };
  const path = source.read('JOBTRACK_ACCOUNTS');
  if (path === null) return none;
  const refuse = (problem: string): typeof none => (source.report('JOBTRACK_ACCOUNTS', problem), none);
  const file = readFileNow(path, FILE_BYTES.accounts);
  if (file.text === null) return refuse(file.problem);
  const json = parsedJson(file.text.trim());
  if (!isRecord(json)) return refuse(`names a file that is no JSON object: write { name: { ${FIELDS} } }`);
  if (hasRepeatedKeys(file.text)) refuse('names a file with two accounts of one name: rename one of them');
  const within = { ...source, folder: dirname(resolve(path)) };
  const entries = Object.entries(json).map(([key, entry]) => [unquoted(key), unquotedFields(entry)] as const);
  return {
    accounts: entries.flatMap(([key, entry], index) => fileAccount(key, { entry, position: index + 1 }, within)),
    variables: entries.flatMap(([, entry]) => (isRecord(entry) ? [String(entry['tokenEnv'])] : [])),
  };
}

function unquotedFields(entry: unknown): unknown {
  if (!isRecord(entry)) return entry;
  const meant = (value: unknown): unknown => (typeof value === 'string' ? unquoted(value) : value);
  return Object.fromEntries(Object.entries(entry).map(([key, value]) => [key, meant(value)]));
}

function fileAccount(
  key: string,
  { entry, position }: { entry: unknown; position: number },
  source: FileSource,
): Account[] {
  // An invalid name may be a pasted secret. So problems show the position instead.
  const owner = NAME.test(key) ? `account "${key}"` : `account ${position}`;
  const refuse = (problem: string): void => source.report('JOBTRACK_ACCOUNTS', `${owner}: ${problem}`);
  if (!NAME.test(key)) refuse(`its name ${NAME_PROBLEM}`);
  const parsed = entrySchema.safeParse(entry);
  for (const { path, message } of parsed.error?.issues ?? []) refuse([...path.map(String), message].join(' '));
  if (!isRecord(entry)) return [];
  const words = wordsOf(entry['provider']);
  const auth = entry['auth'];
  if (typeof auth === 'string' && NAME.test(auth) && words !== null && !words.includes(auth)) {
    refuse(`auth must be ${words.join(' or ')}`);
  }
  const secret = secretOfEntry(entry, source, { owner, refuse });
  if (!parsed.success || secret === null) return [];
  const { provider, baseUrl: url = null, requestsPerMinute = null } = parsed.data;
  return [{ name: key, provider, baseUrl: url, auth: parsed.data.auth ?? null, secret, requestsPerMinute }];
}

/** @returns the provider's ways to send a credential; null: not a built-in provider, whose adapter checks it later */
function wordsOf(provider: unknown): readonly string[] | null {
  return (typeof provider === 'string' && traitsOf(PROVIDERS, provider)?.auths) || null;
}

function secretOfEntry(
  { provider, tokenEnv, tokenFile: path }: Record<string, unknown>,
  { env, folder }: FileSource,
  { owner, refuse }: { owner: string; refuse: (problem: string) => void },
): Secret | null {
  if ((tokenEnv === undefined) === (path === undefined)) {
    refuse('needs tokenEnv (the name of a variable) or tokenFile (a path), and only one of them');
    return null;
  }
  const addsScheme = wordsOf(provider) !== null;
  // Problems do not quote these two fields, because people paste the credential itself there.
  if (typeof tokenEnv === 'string' && tokenEnv !== '') {
    const given = valueOf(env, tokenEnv);
    const { token, problem } =
      given === null ? { token: null, problem: 'is not set' } : credentialIn(given, addsScheme);
    know(given, token);
    if (problem !== null) refuse(`tokenEnv names a variable that ${problem}: set it to the credential`);
    return token === null ? null : secretOf(() => token);
  }
  if (typeof path === 'string' && path !== '') {
    const named = `tokenFile of ${owner} in JOBTRACK_ACCOUNTS`;
    const { secret, problem } = secretInFile({ path: resolve(folder, path), owner: named, addsScheme });
    if (problem !== null) refuse(`tokenFile ${problem}`);
    return secret;
  }
  return null;
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
