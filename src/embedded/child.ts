import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a process ended: by itself with a code, or by a signal. */
export type ChildExit = { code: number | null; signal: NodeJS.Signals | null };

export type ChildOptions = {
  env?: NodeJS.ProcessEnv; // default: inherited
  cwd?: string;
  onLine?: (line: string, from: 'stdout' | 'stderr') => void;
};

/** A running child process. */
export type Child = {
  readonly pid: number;
  /** Resolves when the process and its group have ended. It never rejects. */
  readonly exited: Promise<ChildExit>;
  /** The last 50 lines of both outputs. */
  lastLines: () => string[];
  /** Sends SIGTERM to the process, and SIGKILL to its group after `graceMs`, ms (default 10 s). */
  stop(graceMs?: number): Promise<ChildExit>;
  /** Sends SIGKILL to the group at once. */
  kill: () => void;
};

const keptLines = 50;
const stopGraceMs = 10_000;

// Ends the group when the pipe to our process breaks. Nothing else works if our process is killed by SIGKILL. `read` is a builtin of the
// shell, so this is one small process for each child.
const watchdogScript = `read -r _
kill -TERM "$1" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
  kill -0 -- "-$1" 2>/dev/null || exit 0
  sleep 0.2
done
kill -KILL -- "-$1" 2>/dev/null`;

const living = new Set<number>();
let hooked = false;

/** Starts a child process. It ends by `stop`, by `kill`, or when our own process ends in any way. @throws the system's error of the start */
export async function startChild(command: string, args: readonly string[], options: ChildOptions = {}): Promise<Child> {
  // In a group of its own, one kill also ends what it has started, and a Ctrl-C in the terminal reaches only our process.
  const { env, cwd } = options;
  const child = spawn(command, args, { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  await once(child, 'spawn');
  child.on('error', () => {}); // a signal could not be sent; the exit event still comes
  const pid = child.pid ?? 0;
  guard(pid);
  const dismissWatchdog = startWatchdog(pid);
  const lines: string[] = [];
  const keep = (from: 'stdout' | 'stderr') => (line: string) => {
    lines.push(line);
    if (lines.length > keptLines) lines.shift();
    options.onLine?.(line, from);
  };
  const closed = Promise.all([readLines(child.stdout, keep('stdout')), readLines(child.stderr, keep('stderr'))]);
  const exit = new Promise<ChildExit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  const exited = exit.then(async (ended) => {
    killGroup(pid); // ends processes that it has left
    living.delete(pid);
    dismissWatchdog();
    await Promise.race([closed, sleep(1_000, undefined, { ref: false })]); // another group may keep the pipe open
    return ended;
  });
  return {
    pid,
    exited,
    lastLines: () => [...lines],
    kill: () => killIfLiving(pid),
    stop: (graceMs = stopGraceMs) => stopChild(child, exited, graceMs),
  };
}

async function stopChild(child: ChildProcess, exited: Promise<ChildExit>, graceMs: number): Promise<ChildExit> {
  child.kill('SIGTERM');
  const force = setTimeout(() => killIfLiving(child.pid ?? 0), graceMs);
  try {
    return await exited;
  } finally {
    clearTimeout(force);
  }
}

function guard(pid: number): void {
  living.add(pid);
  if (hooked) return;
  hooked = true;
  process.on('exit', () => living.forEach(killGroup));
}

function startWatchdog(pid: number): () => void {
  const watchdog = spawn('/bin/sh', ['-c', watchdogScript, 'watchdog', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.on('error', () => {}); // without /bin/sh, only the exit hook remains
  watchdog.stdin.on('error', () => {});
  watchdog.unref();
  (watchdog.stdin as Partial<{ unref(): void }>).unref?.(); // a socket, though typed as a stream
  return () => {
    watchdog.kill('SIGKILL'); // first: it acts when the pipe closes
    watchdog.stdin.destroy();
  };
}

function killIfLiving(pid: number): void {
  if (living.has(pid)) killGroup(pid);
}

function killGroup(pid: number): void {
  if (pid <= 0) return; // 0 means our own group
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // the group has ended already
  }
}

async function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) onLine(line);
}
