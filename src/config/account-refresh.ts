import type { Account, KnownAccount } from './account.ts';
import { type AccountFile, createAccountFilesReader, inTurns } from './account-files.ts';
import { accountsOf, type Listed, type ListedAccounts, listIn, openLater, type Opened } from './account-list.ts';
import type { Environment } from './row.ts';

/** All accounts after a change of the files. With a problem, they must not be used. */
export type AccountChange = ListedAccounts;

/** The files of `JOBTRACK_ACCOUNTS`, while a worker runs. */
export interface AccountFiles {
  /** Reads what has changed, without blocking. @returns null: nothing has changed since the last call */
  readonly refresh: () => Promise<AccountChange | null>;
}

interface RefreshSetup {
  readonly path: string;
  readonly env: Environment;
  /** What was read at the start. */
  readonly first: { readonly files: readonly AccountFile[]; readonly opened: readonly Opened[] };
  /** Accounts from elsewhere. */
  readonly defaults: { readonly accounts: readonly Account[]; readonly knownAccounts: readonly KnownAccount[] };
  /** @returns the problems of the accounts besides those of their entries */
  readonly check: (read: ListedAccounts) => string[];
}

/** An entry that has not changed keeps its account, and with it the credential that was opened. */
export function accountFilesOf({ path, env, first, defaults, check }: RefreshSetup): AccountFiles {
  const readFiles = createAccountFilesReader(path);
  let known = byPrint(first.opened);
  let last: { files: readonly AccountFile[]; problems: string[] } = { files: first.files, problems: [] };
  const readAgain = async (files: readonly AccountFile[]): Promise<AccountChange> => {
    const list = listIn(files);
    const opened = await inTurns(list.entries, async (entry) => known.get(printOf(entry)) ?? openLater(entry, env));
    const read = accountsOf(list, opened);
    const problems = [...read.problems, ...check(read)];
    if (problems.length === 0) known = byPrint(opened);
    return {
      accounts: [...defaults.accounts, ...read.accounts],
      knownAccounts: [...defaults.knownAccounts, ...read.knownAccounts],
      problems,
    };
  };
  return {
    refresh: async () => {
      const files = await readFiles();
      const isUnchanged = areSame(files, last.files);
      if (isUnchanged && last.problems.length === 0) return null;
      const change = await readAgain(files); // also if the files are the same: a missing credential may have come
      const isNews = !isUnchanged || String(change.problems) !== String(last.problems);
      last = { files, problems: change.problems };
      return isNews ? change : null;
    },
  };
}

function areSame(files: readonly AccountFile[], others: readonly AccountFile[]): boolean {
  const isSame = (file: AccountFile, other: AccountFile | undefined): boolean =>
    file.name === other?.name && contentOf(file) === contentOf(other);
  return files.length === others.length && files.every((file, index) => isSame(file, others[index]));
}

function contentOf({ read }: AccountFile): string {
  return read.text ?? read.problem;
}

function printOf(entry: Listed): string {
  return JSON.stringify(entry);
}

function byPrint(opened: readonly Opened[]): Map<string, Opened> {
  return new Map(opened.map((one) => [printOf(one.entry), one]));
}
