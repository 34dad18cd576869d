import { dirname, resolve } from 'node:path';
import { DEFAULT_ACCOUNT } from '../contract/job-id.ts';
import type { ProviderTraits } from '../contract/providers.ts';
import { DEFAULT_POOL } from '../contract/task-queue.ts';
import { PROVIDERS } from '../providers/registry/traits.ts';
import type { Account, KnownAccount } from './account.ts';
import { entriesIn, type Entry } from './account-entry.ts';
import { accountVariable, readAccountValues } from './account-settings.ts';
import { FILE_BYTES, readFileNow } from './file.ts';
import { know } from './known-secrets.ts';
import { credentialIn } from './pasted.ts';
import { type Environment, type Report, valueOf } from './row.ts';
import { type Secret, secretInFile, secretOf } from './secret.ts';
import type { Read } from './settings.ts';

export type { Account, KnownAccount } from './account.ts';

interface Source {
  readonly env: Environment;
  readonly read: Read;
  readonly report: Report;
}

/** The result of `readAccounts`. */
export interface AccountsRead {
  readonly accounts: Account[];
  /** Accounts without a credential here. */
  readonly knownAccounts: KnownAccount[];
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
  const found = PROVIDERS.map((traits) => defaultAccount(traits, source));
  const held = found.flatMap(({ account }) => account ?? []);
  const isServing = file.accounts.length > 0 || held.some(({ absent }) => absent === null);
  const defaults = held.filter(({ absent }) => absent === null || !isServing).map(({ account }) => account);
  const warnings: string[] = [];
  for (const { account, variable, absent } of held) {
    const effect = `this worker does not serve the default account of ${account.provider}`;
    if (absent !== null && isServing) warnings.push(`${variable} ${absent}; until then and a restart, ${effect}`);
    if (absent !== null && !isServing) source.report(variable, absent);
  }
  const known = found.flatMap(({ known: account }) => account ?? []);
  for (const { provider, name } of [...file.accounts, ...file.knownAccounts]) {
    const isDefault = (account: KnownAccount): boolean => account.provider === provider && account.name === name;
    if (![...defaults, ...known].some(isDefault)) continue;
    const other = (['token', 'tokenFile', 'pool'] as const).map((part) => accountVariable(provider, part)).join(' or ');
    source.report('JOBTRACK_ACCOUNTS', `account "${name}" of ${provider} is given by ${other} too: keep one of them`);
  }
  return {
    accounts: [...defaults, ...file.accounts],
    knownAccounts: [...known, ...file.knownAccounts],
    variables: file.variables,
    warnings,
  };
}

/** A default account. `absent`: the problem, if its token file is missing or empty. */
interface DefaultAccount {
  readonly account: Account;
  readonly variable: string;
  readonly absent: string | null;
}

/** `known`: the account without a credential here. Both null: it is not configured. */
interface DefaultRead {
  readonly account: DefaultAccount | null;
  readonly known: KnownAccount | null;
}

function defaultAccount(traits: ProviderTraits, { env, report }: Source): DefaultRead {
  const provider = traits.name;
  const { token, tokenFile: path, pool: ownPool, ...rest } = readAccountValues(traits, env, report);
  const pool = ownPool ?? DEFAULT_POOL;
  const isGiven = (part: Parameters<typeof accountVariable>[1]): boolean =>
    valueOf(env, accountVariable(provider, part)) !== null;
  const [tokenName, fileName] = [accountVariable(provider, 'token'), accountVariable(provider, 'tokenFile')];
  if (!isGiven('token') && !isGiven('tokenFile')) {
    const problem = `is given without a credential: set ${tokenName} or ${fileName}, or leave it out`;
    const alone = isGiven('pool') ? [] : (['requestsPerMinute'] as const);
    const needing = ['baseUrl', 'auth', ...alone] as const;
    for (const part of needing) if (isGiven(part)) report(accountVariable(provider, part), problem);
    const { requestsPerMinute } = rest;
    const known = ownPool === null ? null : { name: DEFAULT_ACCOUNT, provider, pool, requestsPerMinute };
    return { account: null, known };
  }
  if (isGiven('token') && isGiven('tokenFile'))
    report(fileName, `is given besides ${tokenName}: leave one of them out`);
  const inFile = path === null ? null : secretInFile({ path, owner: fileName, addsScheme: true });
  const { problem = null, isAbsent = false } = inFile ?? {};
  if (problem !== null && !isAbsent) report(fileName, problem);
  const secret = inFile?.secret ?? secretOf(() => token ?? '');
  const account = { name: DEFAULT_ACCOUNT, provider, pool, secret, ...rest };
  return { account: { account, variable: fileName, absent: isAbsent ? problem : null }, known: null };
}

function fileAccounts(source: Source): Omit<AccountsRead, 'warnings'> {
  const none: Omit<AccountsRead, 'warnings'> = { accounts: [], knownAccounts: [], variables: [] };
  const path = source.read('JOBTRACK_ACCOUNTS');
  if (path === null) return none;
  const refuse = (problem: string): typeof none => (source.report('JOBTRACK_ACCOUNTS', problem), none);
  const file = readFileNow(path, FILE_BYTES.accounts);
  if (file.text === null) return refuse(file.problem);
  const entries = entriesIn(file.text);
  if (typeof entries === 'string') return refuse(entries);
  const opened = entries.map((entry) => {
    const { secret, problems } = opening(entry, source.env, dirname(resolve(path)));
    const all = [...entry.problems, ...problems];
    for (const problem of all) refuse(`${entry.owner}: ${problem}`);
    return { entry, secret, isRight: all.length === 0 };
  });
  const right = opened.filter(({ isRight }) => isRight);
  return {
    accounts: right.flatMap(({ entry, secret }) => (secret === null ? [] : [{ ...entry.account, secret }])),
    knownAccounts: right.flatMap(({ entry, secret }) => (secret === null ? [knownOf(entry)] : [])),
    variables: entries.flatMap(({ credential }) =>
      credential !== null && 'variable' in credential ? [credential.variable] : [],
    ),
  };
}

function knownOf({ account: { name, provider, pool, requestsPerMinute } }: Entry): KnownAccount {
  return { name, provider, pool, requestsPerMinute };
}

/** Problems do not quote the two fields of a credential, because people paste the credential itself there. */
function opening(
  { owner, credential, addsScheme }: Entry,
  env: Environment,
  folder: string,
): { secret: Secret | null; problems: string[] } {
  if (credential === null) return { secret: null, problems: [] };
  if ('variable' in credential) {
    const given = valueOf(env, credential.variable);
    const { token, problem } =
      given === null ? { token: null, problem: 'is not set' } : credentialIn(given, addsScheme);
    know(given, token);
    const problems = problem === null ? [] : [`tokenEnv names a variable that ${problem}: set it to the credential`];
    return { secret: token === null ? null : secretOf(() => token), problems };
  }
  const named = `tokenFile of ${owner} in JOBTRACK_ACCOUNTS`;
  const { secret, problem } = secretInFile({ path: resolve(folder, credential.path), owner: named, addsScheme });
  return { secret, problems: problem === null ? [] : [`tokenFile ${problem}`] };
}
