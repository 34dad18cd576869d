import { startChild, type ChildOptions } from './child.ts';

export type RunResult = { code: number; stdout: string; stderr: string };
export type RunOptions = ChildOptions & { timeoutMs?: number };
/** Runs a command to its end. See `run`. */
export type Run = (command: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>;

/**
 * Runs a command to its end.
 * @returns its exit code: 127 if there is no such command, 124 if `timeoutMs` passed, 137 if a signal ended it
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const output = { stdout: '', stderr: '' };
  const onLine: ChildOptions['onLine'] = (line, from) => {
    output[from] += `${line}\n`;
    options.onLine?.(line, from);
  };
  const child = await startChild(command, args, { ...options, onLine }).catch((error: Error) => error);
  if (child instanceof Error) return { code: 127, stdout: '', stderr: child.message };
  let late = false;
  const timer =
    options.timeoutMs === undefined ? undefined : setTimeout(() => ((late = true), child.kill()), options.timeoutMs);
  const exit = await child.exited;
  clearTimeout(timer);
  return { code: late ? 124 : (exit.code ?? 137), ...output };
}

/** @returns the last line of the output, for a message of one line; the exit code if there is no output */
export function lastLineOf(result: RunResult): string {
  return `${result.stdout}\n${result.stderr}`.trim().split('\n').at(-1)?.trim() || `exit code ${result.code}`;
}
