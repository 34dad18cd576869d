import { join } from 'node:path';
import { type Child, startChild } from '../../src/embedded/child.ts';
import { run } from '../../src/embedded/run.ts';

const root = join(import.meta.dirname, '../..');
/** The arguments that run the built command line. Only the demo runs from the sources, like the command in the README. */
const args = ([name = '', ...rest]: readonly string[]): string[] =>
  name === 'demo'
    ? ['--import', 'tsx', 'src/cli/main.ts', name, ...rest]
    : [join(root, 'dist/cli/main.js'), name, ...rest];

/** @returns the environment of this machine, without settings that a person or CI may have for another server */
export function cleanEnv(settings: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = ['TEMPORAL_CLI_PATH', 'JOBTRACK_CACHE_DIR'];
  const foreign = (name: string): boolean =>
    /^(TEMPORAL|JOBTRACK|DOCSWRITE|DEEPWRITER|OTEL)_/.test(name) && !kept.includes(name);
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign(name))), ...settings };
}

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
  /** Parses stdout as one JSON value. */
  json: () => unknown;
  /** Parses stdout as one JSON value per line. */
  lines: () => unknown[];
}

/** Longer than any command takes, also on a busy machine. A command that takes longer has hung: it is ended, and its exit code shows this. */
const HANGS_MS = 240_000;

/** Runs the command line as a process of its own until it ends. */
export async function jobtrack(env: NodeJS.ProcessEnv, ...command: string[]): Promise<Ended> {
  const ended = await run(process.execPath, args(command), { env, cwd: root, timeoutMs: HANGS_MS });
  return {
    ...ended,
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

/** Starts a command that does not end by itself. */
export async function startJobtrack(env: NodeJS.ProcessEnv, ...command: string[]): Promise<Running> {
  const running = { stdout: [] as string[], stderr: [] as string[] };
  const child = await startChild(process.execPath, args(command), {
    env,
    cwd: root,
    onLine: (line, from) => running[from].push(line),
  });
  return { ...running, child };
}
