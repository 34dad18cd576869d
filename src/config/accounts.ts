import { DEFAULT_ACCOUNT } from '../contract/job-id.ts';
import type { ProviderTraits } from '../contract/providers.ts';
import { DEFAULT_POOL } from '../contract/task-queue.ts';
import { PROVIDERS } from '../providers/registry/traits.ts';
import type { Account, KnownAccount } from './account.ts';
import { readAccountFilesNow } from './account-files.ts';
import { accountsOf, listIn, openNow } from './account-list.ts';
import type { accountFilesOf } from './account-refresh.ts';
import { accountVariable, readAccountValues } from './account-settings.ts';
import { type Environment, type Report, valueOf } from './row.ts';
import { secretInFile, secretOf } from './secret.ts';
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
  /** The variables with credentials that the files name. */
  readonly variables: string[];
  readonly warnings: string[];
  /** How to read the files of `JOBTRACK_ACCOUNTS` again; null: there are none. */
  readonly files: Parameters<typeof accountFilesOf>[0] | null;
}

/**
 * Reads all accounts: the default accounts of the built-in providers, and those in the files of `JOBTRACK_ACCOUNTS`.
 * A missing token file is only a warning: a deployment names the token files of all services, but may mount only one. If no account is
 * left, it is a problem.
 */
export function readAccounts(source: Source): AccountsRead {
  const path = source.read('JOBTRACK_ACCOUNTS');
  const file = accountsInFiles(path, source);
  const found = PROVIDERS.map((traits) => defaultAccount(traits, source));
  const held = found.flatMap(({ account }) => account ?? []);
  const isServing = file.accounts.length > 0 || held.some(({ absent }) => absent === null);
  const accounts = held.filter(({ absent }) => absent === null || !isServing).map(({ account }) => account);
  const knownAccounts = found.flatMap(({ known }) => known ?? []);
  const warnings: string[] = [];
  for (const { account, variable, absent } of held) {
    const effect = `this worker does not serve the default account of ${account.provider}`;
    if (absent !== null && isServing) warnings.push(`${variable} ${absent}; until then and a restart, ${effect}`);
    if (absent !== null && !isServing) source.report(variable, absent);
  }
  const check = (read: Pick<AccountsRead, 'accounts' | 'knownAccounts'>): string[] =>
    givenTwice([...accounts, ...knownAccounts], [...read.accounts, ...read.knownAccounts]);
  for (const problem of check(file)) source.report('JOBTRACK_ACCOUNTS', problem);
  const { env } = source;
  const defaults = { accounts, knownAccounts };
  const files = path === null || file.first === null ? null : { path, env, first: file.first, defaults, check };
  return {
    accounts: [...accounts, ...file.accounts],
    knownAccounts: [...knownAccounts, ...file.knownAccounts],
    variables: file.variables,
    warnings,
    files,
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

interface FilesRead extends Omit<AccountsRead, 'warnings' | 'files'> {
  readonly first: Parameters<typeof accountFilesOf>[0]['first'] | null;
}

function accountsInFiles(path: string | null, { env, report }: Source): FilesRead {
  if (path === null) return { accounts: [], knownAccounts: [], variables: [], first: null };
  const files = readAccountFilesNow(path);
  const list = listIn(files);
  const opened = list.entries.map((entry) => openNow(entry, env));
  const { problems, ...read } = accountsOf(list, opened);
  for (const problem of problems) report('JOBTRACK_ACCOUNTS', problem);
  const variables = list.entries.flatMap(({ credential }) =>
    credential !== null && 'variable' in credential ? [credential.variable] : [],
  );
  return { ...read, variables, first: { files, opened } };
}

/** @returns problems of accounts that are also configured as default accounts */
function givenTwice(defaults: readonly KnownAccount[], listed: readonly KnownAccount[]): string[] {
  const keys = new Set(defaults.map(({ provider, name }) => `${provider}/${name}`));
  return listed.flatMap(({ provider, name }) => {
    if (!keys.has(`${provider}/${name}`)) return [];
    const other = (['token', 'tokenFile', 'pool'] as const).map((part) => accountVariable(provider, part)).join(' or ');
    return [`account "${name}" of ${provider} is given by ${other} too: keep one of them`];
  });
}
