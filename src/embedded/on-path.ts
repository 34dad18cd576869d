import type { Source } from './chain.ts';
import { findOnPath } from './executable.ts';

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
