/** Reads the file of `JOBTRACK_ACCOUNTS`, or the files of its folder. */
import { readdirSync, type Stats, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { FILE_BYTES, type FileRead, readFile, readFileNow, unreadable } from './file.ts';

/** A file of accounts. */
export interface AccountFile {
  /** Its name in the folder; null: the configuration names the file itself. */
  readonly name: string | null;
  /** The folder that a relative `tokenFile` begins at. */
  readonly folder: string;
  readonly read: FileRead;
}

const MAX_FILES = 10_000;

/** What a path names: a file, a folder with these names, or a folder that cannot be listed. */
type Listing = { readonly is: 'file' } | { readonly is: 'folder'; readonly names: string[] } | Unlisted;
type Unlisted = { readonly is: 'unlisted'; readonly read: FileRead };

/** Reads the files, and blocks. Only for the start. */
export function readAccountFilesNow(path: string): AccountFile[] {
  const listing = listNow(path);
  if (listing.is === 'unlisted') return [ofPath(path, listing.read)];
  if (listing.is === 'file') return [ofPath(path, readFileNow(path, FILE_BYTES.accounts))];
  return listing.names.map((name) => inFolder(path, name, readFileNow(join(path, name), FILE_BYTES.accounts)));
}

function listNow(path: string): Listing {
  try {
    if (!statSync(path).isDirectory()) return { is: 'file' };
  } catch {
    return { is: 'file' }; // reading it finds the reason
  }
  try {
    return listingOf(readdirSync(path));
  } catch (error) {
    return { is: 'unlisted', read: unreadable(error, 'folder') };
  }
}

function ofPath(path: string, read: FileRead): AccountFile {
  return { name: null, folder: dirname(resolve(path)), read };
}

function inFolder(path: string, name: string, read: FileRead): AccountFile {
  return { name, folder: resolve(path), read };
}

/** Kubernetes keeps the present files of a folder behind names that begin with a dot, and links to them. */
function listingOf(found: readonly string[]): Listing {
  const names = found.filter((name) => name.endsWith('.json') && !name.startsWith('.')).toSorted();
  if (names.length <= MAX_FILES) return { is: 'folder', names };
  const problem = `names a folder of more than ${MAX_FILES} JSON files: put several accounts into one file`;
  return { is: 'unlisted', read: { text: null, code: 'too-many', problem } };
}

const READ_MS = 2_000;
const AT_ONCE = 16;

/** What was read of one path. */
interface Kept {
  /** Whatever changes when the file is written or replaced. */
  readonly print: string;
  readonly read: FileRead;
}

/** Reads the files again and again, without blocking. A file that has not changed is not read again. */
export function createAccountFilesReader(path: string): () => Promise<AccountFile[]> {
  let kept = new Map<string, Kept>();
  const readAgain = async (file: string, next: Map<string, Kept>): Promise<FileRead> => {
    const print = await printOf(file);
    const known = kept.get(file);
    const isSame = print !== null && known?.print === print;
    const read = isSame ? known.read : await readFile(file, FILE_BYTES.accounts, READ_MS);
    if (print !== null) next.set(file, { print, read });
    return read;
  };
  return async () => {
    const next = new Map<string, Kept>();
    const listing = await list(path);
    const read = (file: string): Promise<FileRead> => readAgain(file, next);
    const files =
      listing.is === 'folder'
        ? await inTurns(listing.names, async (name) => inFolder(path, name, await read(join(path, name))))
        : [ofPath(path, listing.is === 'unlisted' ? listing.read : await read(path))];
    kept = next;
    return files;
  };
}

async function list(path: string): Promise<Listing> {
  if ((await statOf(path))?.isDirectory() !== true) return { is: 'file' };
  try {
    return listingOf(await readdir(path));
  } catch (error) {
    return { is: 'unlisted', read: unreadable(error, 'folder') };
  }
}

async function statOf(path: string): Promise<Stats | null> {
  return stat(path).catch(() => null);
}

/** Some file systems count whole seconds. So a file may change again within this time, and look the same, ms. */
const COARSE_MS = 3_000;

/** @returns null: it must be read again */
async function printOf(file: string): Promise<string | null> {
  const found = await statOf(file);
  if (found === null || Date.now() - found.mtimeMs < COARSE_MS) return null;
  return [found.dev, found.ino, found.size, found.mtimeMs, found.ctimeMs].join(' ');
}

/** Does the work for all, some at a time. @returns the results in order */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as Item);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}
