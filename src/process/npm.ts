import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const CHECK_EVERY_MS = 2_000;
/** `npx tsx …` puts a shell and tsx between npm and the program. */
const MAX_BETWEEN = 8;
const NPM = /^(npm|npx|pnpm|yarn)\b|\b(npm-cli|npx-cli|pnpm|yarn)\.c?js\b/;

interface Link {
  pid: number;
  parent: number;
}

/** The processes between npm and this one, with the parent that each had when `npmChain` was called. */
export type NpmChain = readonly Link[];

/**
 * Finds the processes between npm and this one. Call it first: if npm ends while the program starts, it cannot be found later.
 * @returns null: npm did not start this process; if there is no npm above it, only the link to its parent
 */
export function npmChain(env: NodeJS.ProcessEnv): NpmChain | null {
  if (env['npm_execpath'] === undefined && env['npm_command'] === undefined) return null;
  const own = { pid: process.pid, parent: process.ppid };
  const links: Link[] = [own];
  for (let { parent: pid } = own; pid > 1 && links.length <= MAX_BETWEEN;) {
    const found = processOf(pid);
    if (found === null) break;
    if (NPM.test(found.command)) return links;
    links.push({ pid, parent: found.parent });
    pid = found.parent;
  }
  return [own];
}

/**
 * Calls `onGone` once, about 2 s after npm or a process between npm and this one has ended. npm, pnpm and yarn do not pass SIGTERM on, and
 * tsx does not notice that they have ended, so the program would run on as an orphan.
 * @param links null: npm did not start this process, and nothing is watched. Under `nohup`, a program must survive its parent
 * @returns a function that stops it
 */
export function watchNpm(links: NpmChain | null, onGone: () => void): () => void {
  if (links === null) return () => undefined;
  const timer = setInterval(() => {
    if (!links.some(isBroken)) return;
    clearInterval(timer);
    onGone();
  }, CHECK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** A process gets another parent when its parent ends. */
function isBroken({ pid, parent }: Link): boolean {
  if (pid === process.pid) return process.ppid !== parent;
  try {
    return processOf(pid)?.parent !== parent;
  } catch {
    return false; // it cannot be read now, which is not a reason to end
  }
}

/** @returns null: the process has ended @throws another error of reading */
function processOf(pid: number): { parent: number; command: string } | null {
  try {
    return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
  } catch (error) {
    const { code, status } = error as { code?: string; status?: number };
    if (code === 'ENOENT' || code === 'ESRCH' || status === 1) return null;
    throw error;
  }
}

function fromProc(pid: number): { parent: number; command: string } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const afterName = stat.slice(stat.lastIndexOf(')') + 2); // a name may contain spaces and brackets
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  return { parent: Number(afterName.split(' ')[1]), command };
}

function fromPs(pid: number): { parent: number; command: string } {
  const line = execFileSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  const [parent = '', ...command] = line.split(/\s+/);
  return { parent: Number(parent), command: command.join(' ') };
}
