import { join } from 'node:path';
import { type Child, startChild } from '../../src/embedded/child.ts';
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
  /** The one value on stdout. */
  json: () => unknown;
  /** One value per line. */
  lines: () => unknown[];
}

/** Far above what any command takes, on a busy machine too: one that is ended then has hung, and its exit code says so. */
const HANGS_MS = 240_000;

/** Runs the command line as a process of its own, to its end. */
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
