import { join } from 'node:path';
import type { Child } from '../../src/embedded/child.ts';
import { startChild } from '../../src/embedded/child.ts';
import { run } from '../../src/embedded/run.ts';

const root = join(import.meta.dirname, '../..');
/** As it is shipped; the demo, whose command is the README's, runs from the sources as that does. */
const args = ([name = '', ...rest]: readonly string[]): string[] =>
  name === 'demo'
    ? ['--import', 'tsx', 'src/cli/main.ts', name, ...rest]
    : [join(root, 'dist/cli/main.js'), name, ...rest];

/** This machine's environment, without settings that a person or CI may have made for another server. */
export function cleanEnv(settings: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = ['TEMPORAL_CLI_PATH', 'JOBTRACK_CACHE_DIR'];
  const foreign = (name: string): boolean =>
    /^(TEMPORAL|JOBTRACK|DOCSWRITE|DEEPWRITER)_/.test(name) && !kept.includes(name);
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign(name))), ...settings };
}

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
  /** From the first remark on stderr, which comes 2 s after a wait began, to the end. Starting up is no part of it. */
  sinceRemarkMs: number;
  /** The one value on stdout. */
  json: () => unknown;
  /** One value per line. */
  lines: () => unknown[];
}

/** Runs the command line as a process of its own, to its end. */
export async function jobtrack(env: NodeJS.ProcessEnv, ...command: string[]): Promise<Ended> {
  let remarkAtMs = Infinity;
  const onLine = (_: string, from: 'stdout' | 'stderr'): void => {
    if (from === 'stderr') remarkAtMs = Math.min(remarkAtMs, Date.now());
  };
  const ended = await run(process.execPath, args(command), { env, cwd: root, timeoutMs: 110_000, onLine });
  return {
    ...ended,
    sinceRemarkMs: Date.now() - remarkAtMs,
    json: () => JSON.parse(ended.stdout),
    lines: () =>
      ended.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
  };
}

export interface Running {
  child: Child;
  stdout: string[];
  stderr: string[];
}

/** Starts a command that stays. */
export async function startJobtrack(env: NodeJS.ProcessEnv, ...command: string[]): Promise<Running> {
  const running = { stdout: [] as string[], stderr: [] as string[] };
  const child = await startChild(process.execPath, args(command), {
    env,
    cwd: root,
    onLine: (line, from) => running[from].push(line),
  });
  return { ...running, child };
}
