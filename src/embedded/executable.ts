import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ProvisionError, type Source } from './chain.ts';

/** Tells whether the path is a file that may be run. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Looks a command up as a shell would; null: not on the PATH. */
export async function findOnPath(command: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, command);
    if (await isExecutable(path)) return path;
  }
  return null;
}

/** A path given by the operator: taken as it is, and never silently replaced by another when it is wrong. */
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
