import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withCleanUp } from '../process/clean-up.ts';
import { elapsed } from './progress-lines.ts';

export type LockOptions = { say: (line: string) => void; staleMs?: number; retryMs?: number; sayEveryMs?: number };

type Holder = { pid: number; host: string };

/**
 * Runs `work` with the lock file. Other processes wait, and say so. A dead holder is found by its process id on the same host, and on
 * another host by the age of the file. Two processes may both take over a dead lock. This is harmless: the result is renamed in one
 * step, so the lock only saves work.
 * @param options `staleMs`: age of a dead lock, default 20 s; `retryMs`: default 0.5 s; `sayEveryMs`: default 5 s
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const { staleMs = 20_000, retryMs = 500, sayEveryMs = 5_000 } = options;
  await mkdir(dirname(path), { recursive: true });
  const beganMs = Date.now();
  let printedAtMs = 0;
  while (!(await acquire(path))) {
    if (await isStale(path, staleMs)) {
      await rm(path, { force: true });
      continue;
    }
    if (Date.now() - printedAtMs >= sayEveryMs) {
      printedAtMs = Date.now();
      options.say(`another process is installing the same server, waiting for it: ${elapsed(printedAtMs - beganMs)}`);
    }
    await sleep(retryMs);
  }
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), staleMs / 4);
  return withCleanUp(work, () => {
    clearInterval(beat);
    return rm(path, { force: true });
  });
}

async function acquire(path: string): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify({ pid: process.pid, host: hostname() } satisfies Holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isStale(path: string, staleMs: number): Promise<boolean> {
  try {
    const [{ mtimeMs }, text] = await Promise.all([stat(path), readFile(path, 'utf8')]);
    if (Date.now() - mtimeMs > staleMs) return true;
    if (text === '') return false; // the holder is writing it
    const holder = JSON.parse(text) as Holder;
    return holder.host === hostname() && !isAlive(holder.pid);
  } catch {
    return false; // it was released meanwhile
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
