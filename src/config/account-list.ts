/** Makes accounts of the files of `JOBTRACK_ACCOUNTS`. */
import { resolve } from 'node:path';
import { plainText } from '../contract/text.ts';
import type { Account, KnownAccount } from './account.ts';
import { type CredentialSource, entriesIn, type Entry } from './account-entry.ts';
import type { AccountFile } from './account-files.ts';
import { know } from './known-secrets.ts';
import { credentialIn } from './pasted.ts';
import { type Environment, valueOf } from './row.ts';
import { type Secret, secretInFile, secretInFileLater, secretOf } from './secret.ts';

/** An entry of one of the files. `credential`: a path in it is absolute. */
export interface Listed extends Entry {
  /** The file's name in its folder; null: there is one file only. */
  readonly file: string | null;
}

/** The entries of all files, and the problems of whole files. */
export interface List {
  readonly entries: readonly Listed[];
  readonly problems: readonly string[];
}

/** Reads the entries of all files. Pure. */
export function listIn(files: readonly AccountFile[]): List {
  const problems: string[] = [];
  const entries = files.flatMap(({ name, folder, read }): Listed[] => {
    const found = read.text === null ? read.problem : entriesIn(read.text);
    if (typeof found !== 'string') return found.map((entry) => listed(entry, name, folder));
    problems.push(inFile(found, name));
    return [];
  });
  return { entries, problems: [...problems, ...repeated(entries)] };
}

const MAX_FILE_NAME = 100;

/** @param problem of a file: `names a file that …` */
function inFile(problem: string, name: string | null): string {
  if (name === null) return problem;
  const file = plainText(name, MAX_FILE_NAME);
  const rest = /^names a file (.*)$/s.exec(problem)?.[1];
  return rest === undefined ? `${file} in the folder: ${problem}` : `names a folder with the file ${file}, ${rest}`;
}

function listed(entry: Entry, name: string | null, folder: string): Listed {
  const owner = name === null ? entry.owner : `${entry.owner} in ${plainText(name, MAX_FILE_NAME)}`;
  return { ...entry, owner, file: name, credential: absolute(entry.credential, folder) };
}

function absolute(source: CredentialSource | null, folder: string): CredentialSource | null {
  return source !== null && 'path' in source ? { path: resolve(folder, source.path) } : source;
}

/** Two services may have accounts of the same name. One service may not. */
function repeated(entries: readonly Listed[]): string[] {
  const first = new Map<string, Listed>();
  return entries.flatMap((entry) => {
    const { name, provider } = entry.account;
    const key = `${provider}/${name}`;
    const other = first.get(key);
    if (entry.problems.length > 0 || other === undefined) {
      if (entry.problems.length === 0) first.set(key, entry);
      return [];
    }
    const files = [other, entry].map(({ file }) => (file === null ? 'the file' : plainText(file, MAX_FILE_NAME)));
    const where = other.file === entry.file ? `twice in ${files[0]}` : `in ${files.join(' and in ')}`;
    return [`account "${name}" of ${provider} is ${where}: keep one of them`];
  });
}

/** An entry whose credential was opened. */
export interface Opened {
  readonly entry: Listed;
  /** null: it has no credential, or a wrong one. */
  readonly account: Account | null;
  /** Of the entry and of its credential. */
  readonly problems: readonly string[];
}

/** Opens the credential of an entry, and blocks. */
export function openNow(entry: Listed, env: Environment): Opened {
  const { credential } = entry;
  if (credential === null || 'variable' in credential) return openVariable(entry, env);
  return afterFile(entry, secretInFile(tokenFileOf(entry, credential.path)));
}

/** Opens the credential of an entry without blocking. */
export async function openLater(entry: Listed, env: Environment): Promise<Opened> {
  const { credential } = entry;
  if (credential === null || 'variable' in credential) return openVariable(entry, env);
  return afterFile(entry, await secretInFileLater(tokenFileOf(entry, credential.path)));
}

function tokenFileOf({ owner, addsScheme }: Listed, path: string): Parameters<typeof secretInFile>[0] {
  return { path, owner: `tokenFile of ${owner} in JOBTRACK_ACCOUNTS`, addsScheme };
}

// Problems do not quote the two fields of a credential, because people paste the credential itself there.

function afterFile(entry: Listed, { secret, problem }: { secret: Secret; problem: string | null }): Opened {
  const problems = [...entry.problems, ...(problem === null ? [] : [`tokenFile ${problem}`])];
  return { entry, account: { ...entry.account, secret }, problems };
}

function openVariable(entry: Listed, env: Environment): Opened {
  const { credential, addsScheme, problems } = entry;
  if (credential === null || !('variable' in credential)) return { entry, account: null, problems };
  const given = valueOf(env, credential.variable);
  const { token, problem } = given === null ? { token: null, problem: 'is not set' } : credentialIn(given, addsScheme);
  know(given, token);
  if (token !== null) return { entry, account: { ...entry.account, secret: secretOf(() => token) }, problems };
  return {
    entry,
    account: null,
    problems: [...problems, `tokenEnv names a variable that ${problem}: set it to the credential`],
  };
}

/** The accounts of the files. An account whose token file cannot be read now is there too: the doctor asks it. */
export interface ListedAccounts {
  readonly accounts: Account[];
  readonly knownAccounts: KnownAccount[];
  readonly problems: string[];
}

export function accountsOf(list: List, opened: readonly Opened[]): ListedAccounts {
  const right = opened.filter(({ entry }) => entry.problems.length === 0);
  return {
    accounts: right.flatMap(({ account }) => account ?? []),
    knownAccounts: right.flatMap(({ entry }) => (entry.credential === null ? [knownOf(entry)] : [])),
    problems: [
      ...list.problems,
      ...opened.flatMap(({ entry, problems }) => problems.map((problem) => `${entry.owner}: ${problem}`)),
    ],
  };
}

function knownOf({ account: { name, provider, pool, requestsPerMinute } }: Entry): KnownAccount {
  return { name, provider, pool, requestsPerMinute };
}
