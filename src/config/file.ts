/** Reads every file that the configuration names. A pipe, a huge file or a dead mount must not block a worker. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** The largest file of each kind, bytes. */
export const FILE_BYTES = {
  credential: 64 * 1_024,
  /** A bundle of certificate authorities has about 220 KiB. */
  pem: 1_024 * 1_024,
  settings: 1_024 * 1_024,
  accounts: 8 * 1_024 * 1_024,
} as const;

/**
 * The text, or a problem. `code` is that of the system, or one of ours in lower case. `problem` never has the path, because that may be
 * a secret that was pasted into the wrong variable.
 */
export type FileRead =
  | { readonly text: string }
  | { readonly text: null; readonly problem: string; readonly code: string };

// Without O_NONBLOCK, opening a FIFO would wait for its writer for ever.
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

const LEAST_CHUNK = 4_096;

/** Reads a file and blocks. Only for the start, before there are signal handlers: SIGTERM then ends a process that hangs here. */
export function readFileNow(path: string, maxBytes: number): FileRead {
  let file: number | null = null;
  try {
    file = openSync(path, FLAGS);
    const stats = fstatSync(file);
    const unfit = unfitness(stats, maxBytes);
    if (unfit !== null) return unfit;
    const chunks: Buffer[] = [];
    // Not at once: system files report size 0, and thousands of small files need no large buffer each.
    const chunkBytes = Math.max(stats.size + 1, LEAST_CHUNK);
    for (let read = -1, length = 0; read !== 0 && length <= maxBytes; length += read) {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      read = readSync(file, chunk, 0, chunk.length, null);
      chunks.push(chunk.subarray(0, read));
    }
    return contentOf(Buffer.concat(chunks), maxBytes);
  } catch (error) {
    return unreadable(error);
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** Node has four threads for files and name lookups. Hanging reads may take two of them. */
const MAX_HANGING = 2;
let hanging = 0;

/** Reads a file without blocking. It gives up after `withinMs`, with code `ETIMEDOUT`. */
export async function readFile(path: string, maxBytes: number, withinMs: number): Promise<FileRead> {
  const silent = refusal('ETIMEDOUT', 'names a file that does not answer: check the mount it is on');
  if (hanging >= MAX_HANGING) return silent;
  let isOver = false;
  const reading = readOpened(path, maxBytes).finally(() => (isOver = true));
  const read = await Promise.race([reading, sleep(withinMs, silent, { ref: false })]);
  if (!isOver) {
    hanging += 1;
    void reading.finally(() => (hanging -= 1));
  }
  return read;
}

async function readOpened(path: string, maxBytes: number): Promise<FileRead> {
  try {
    const file = await open(path, FLAGS);
    try {
      const unfit = unfitness(await file.stat(), maxBytes);
      if (unfit !== null) return unfit;
      // `end` counts from 0, so this reads at most one byte more than allowed.
      return contentOf(await buffer(file.createReadStream({ end: maxBytes, autoClose: false })), maxBytes);
    } finally {
      await file.close().catch(() => undefined); // the content has been read
    }
  } catch (error) {
    return unreadable(error);
  }
}

function unfitness(stats: Stats, maxBytes: number): FileRead | null {
  if (stats.isDirectory()) return refusal('EISDIR', 'names a directory: give the path of a file in it');
  const kind = 'names a pipe, a socket or a device: give the path of a regular file, or of a link to one';
  if (!stats.isFile()) return refusal('irregular', kind);
  return stats.size > maxBytes ? tooLarge(maxBytes) : null;
}

/** Checks the size again. System files report size 0, and other files grow while they are read. */
function contentOf(bytes: Buffer, maxBytes: number): FileRead {
  return bytes.length > maxBytes ? tooLarge(maxBytes) : { text: bytes.toString('utf8') };
}

function tooLarge(maxBytes: number): FileRead {
  return refusal('too-large', `names a file of more than ${maxBytes / 1_024} KiB: check the path`);
}

/** The problem of a file that cannot be opened. @param what a word for it */
export function unreadable(error: unknown, what: 'file' | 'folder' = 'file'): FileRead {
  const code = (error as NodeJS.ErrnoException).code ?? 'no code';
  return refusal(code, `names a ${what} that cannot be read (${code}): check the path and who may read it`);
}

function refusal(code: string, problem: string): FileRead {
  return { text: null, problem, code };
}
