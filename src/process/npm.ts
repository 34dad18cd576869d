import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 2_000;
/** `npx tsx …` puts a shell and tsx between npm and the program. */
const MAX_BETWEEN = 8;

interface Link {
  pid: number;
  parent: number;
}

/** What stands between npm and this process, as it was when it was asked. */
export type NpmChain = readonly Link[];

/**
 * Looks who has started this process. To be called at its begin: where npm ends while the program starts, it could not be found later.
 * @returns null where npm did not start it
 */
export function npmChain(env: NodeJS.ProcessEnv): NpmChain | null {
  return env['npm_execpath'] === undefined && env['npm_command'] === undefined ? null : linksToNpm();
}

/**
 * npm, pnpm and yarn do not pass SIGTERM on to what they run, nor does tsx notice that they have gone: the program would live on as an orphan.
 * Calls `onGone` once, within about 2 s after npm, or a process between npm and this one, has ended. Does nothing where npm did not start
 * this process: under `nohup` a program may lose its parent, and is to go on.
 * @returns stops looking
 */
export function watchNpm(links: NpmChain | null, onGone: () => void): () => void {
  if (links === null) return () => undefined;
  const timer = setInterval(() => {
    if (!links.some(isBroken)) return;
    clearInterval(timer);
    onGone();
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** From this process upwards. This process and its parent alone where no npm is found above them. */
function linksToNpm(): Link[] {
  const own = { pid: process.pid, parent: process.ppid };
  const links: Link[] = [own];
  for (let { parent: pid } = own; pid > 1 && links.length <= MAX_BETWEEN;) {
    const found = look(pid);
    if (found === null) break;
    if (isNpm(found.command)) return links;
    links.push({ pid, parent: found.parent });
    pid = found.parent;
  }
  return [own];
}

function isNpm(command: string): boolean {
  return /^(npm|npx|pnpm|yarn)\b|\b(npm-cli|npx-cli|pnpm|yarn)\.c?js\b/.test(command);
}

/** A process whose parent has ended gets another one. */
function isBroken({ pid, parent }: Link): boolean {
  if (pid === process.pid) return process.ppid !== parent;
  try {
    return look(pid)?.parent !== parent;
  } catch {
    return false; // it cannot be seen now: no reason to end
  }
}

/** @returns null for a process that has ended @throws what else keeps from reading */
function look(pid: number): { parent: number; command: string } | null {
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
