/** The one reader of every file that configuration names: what is no regular file, or too large, or on a dead mount, must not stop a worker. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { open } from 'node:fs/promises';

/** What a file may hold, in bytes. */
export const FILE_BYTES = {
  credential: 64 * 1_024,
  /** A bundle of authorities has some 220 KiB. */
  pem: 1_024 * 1_024,
  settings: 1_024 * 1_024,
  accounts: 8 * 1_024 * 1_024,
} as const;

/** `code` is the system's, or one of ours in small letters. A problem never names the path: it may be a secret pasted into the wrong place. */
export type FileRead =
  | { readonly text: string }
  | { readonly text: null; readonly problem: string; readonly code: string };

// Without O_NONBLOCK, to open a FIFO waits for its writer for ever.
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/** Reads a file at once. Only at the start, before signals are listened to: a mount that hangs then is ended by SIGTERM. */
export function readFileNow(path: string, maxBytes: number): FileRead {
  let file: number | null = null;
  try {
    file = openSync(path, FLAGS);
    const unfit = unfitness(fstatSync(file), maxBytes);
    if (unfit !== null) return unfit;
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length <= maxBytes; length += read) {
      read = readSync(file, buffer, length, buffer.length - length, null);
    }
    return contentOf(buffer.subarray(0, length), maxBytes);
  } catch (error) {
    return unreadable(error);
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** More would take the threads that Node has for files and names, four in all. */
const MAX_HANGING = 2;
let hanging = 0;

/** Reads a file without blocking the event loop, and gives up after `withinMs`. */
export async function readFile(path: string, maxBytes: number, withinMs: number): Promise<FileRead> {
  const silent = refusal('ETIMEDOUT', 'names a file that does not answer: check the mount it is on');
  if (hanging >= MAX_HANGING) return silent;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const reading = readOpened(path, maxBytes).finally(() => (isOver = true));
  const late = new Promise<FileRead>((resolve) => {
    timer = setTimeout(() => resolve(silent), withinMs);
  });
  const read = await Promise.race([reading, late]);
  clearTimeout(timer);
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
      const buffer = Buffer.alloc(maxBytes + 1);
      let length = 0;
      for (let read = -1; read !== 0 && length <= maxBytes; length += read) {
        ({ bytesRead: read } = await file.read(buffer, length, buffer.length - length, null));
      }
      return contentOf(buffer.subarray(0, length), maxBytes);
    } finally {
      await file.close().catch(() => undefined); // what was read counts
    }
  } catch (error) {
    return unreadable(error);
  }
}

function unfitness(stats: Stats, maxBytes: number): FileRead | null {
  if (stats.isDirectory()) return refusal('EISDIR', 'names a directory: give the path of a file in it');
  if (!stats.isFile()) {
    return refusal(
      'irregular',
      'names a pipe, a socket or a device: give the path of a regular file, or of a link to one',
    );
  }
  return stats.size > maxBytes ? tooLarge(maxBytes) : null;
}

/** The size that a file says may be wrong: files of the system say 0, others grow while they are read. */
function contentOf(bytes: Buffer, maxBytes: number): FileRead {
  return bytes.length > maxBytes ? tooLarge(maxBytes) : { text: bytes.toString('utf8') };
}

function tooLarge(maxBytes: number): FileRead {
  return refusal('too-large', `names a file of more than ${maxBytes / 1_024} KiB: check the path`);
}

function unreadable(error: unknown): FileRead {
  const code = (error as NodeJS.ErrnoException).code ?? 'no code';
  return refusal(code, `names a file that cannot be read (${code}): check the path and who may read it`);
}

function refusal(code: string, problem: string): FileRead {
  return { text: null, problem, code };
}
