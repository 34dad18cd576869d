import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ProvisionError, type Source } from './chain.ts';

/** @returns whether the path is a file that may be run */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Finds a command as a shell does. @returns its path; null: not on the PATH */
export async function findOnPath(command: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, command);
    if (await isExecutable(path)) return path;
  }
  return null;
}

/** A path from the operator. If it is wrong, this is an error: no other source is tried. */
export function explicitPath(variable: string): Source {
  return {
    name: variable,
    async find({ env }) {
      const path = env[variable];
      if (!path) return { passed: 'not set' };
      if (await isExecutable(path)) return { path };
      throw new ProvisionError(
        `${variable} names "${path}", which is not an executable file. Correct the path, or unset ${variable} to let the server be found elsewhere.`,
      );
    },
  };
}

// The first version with autoscaling pollers, which our worker uses.
const oldest = { major: 1, minor: 28 };

/** The `temporal` on the PATH, unless its server is too old. */
export function temporalOnPath(): Source {
  return {
    name: '`temporal` on the PATH',
    async find({ env, run }) {
      const path = await findOnPath('temporal', env);
      if (!path) return { passed: 'not there' };
      const { stdout, stderr } = await run(path, ['--version'], { env, timeoutMs: 30_000 });
      const match = /Server (\d+)\.(\d+)\.\d+/.exec(stdout + stderr);
      if (!match) return { passed: `${path} does not tell its server's version`, aloud: true };
      const [major, minor] = [Number(match[1]), Number(match[2])];
      if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return { path };
      return {
        passed: `${path} contains ${match[0]}, ${oldest.major}.${oldest.minor} or newer is needed: not used`,
        aloud: true,
      };
    },
  };
}
