import { runCommandLine } from '../../src/cli/program.ts';
import { aSink } from '../unit/cli/builders.ts';

export interface Said {
  exitCode: number;
  stdout: string;
  stderr: string;
  json: () => unknown;
}

/** @returns a command line that runs in this process, without a terminal */
export function commandLineOf(env: Record<string, string>): (...argv: string[]) => Promise<Said> {
  return async (...argv) => {
    const [stdout, stderr] = [aSink(), aSink()];
    const exitCode = await runCommandLine({ argv, env, stdout, stderr });
    return { exitCode, stdout: stdout.text(), stderr: stderr.text(), json: () => JSON.parse(stdout.text()) as unknown };
  };
}
