import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { installOnce, type Artifact } from './cache.ts';
import type { Source } from './chain.ts';
import { findOnPath } from './executable.ts';
import { lastLineOf } from './run.ts';
import { withProgressLines } from './progress-lines.ts';

const module = 'github.com/temporalio/cli/cmd/temporal';
// It takes five minutes on two cores with an empty cache. After 45 minutes, something hangs.
const timeoutMs = 45 * 60_000;

/** Builds the Temporal CLI, which contains the server and its UI, with Go. */
export function goInstall(artifact: Artifact, version: string): Source {
  return {
    name: `go install ${module}@v${version}`,
    async find(context) {
      const { env, run, say, progressLineMs } = context;
      const go = await findOnPath('go', env);
      if (!go) return { passed: 'no Go on the PATH' };
      const path = await installOnce(context, { artifact, version }, async (folder) => {
        say(`building Temporal ${version} with Go: about 5 minutes, once; it is kept in the cache`);
        const bin = join(folder, 'bin');
        await mkdir(bin);
        let latest = '';
        let packages = 0;
        const onLine = (line: string): void => {
          if (!line.startsWith('go: ')) packages += 1;
          latest = line.startsWith('go: ') ? line.slice(4) : `compiling ${line} (package ${packages})`;
        };
        // Without cgo the file is static. `-v` prints each package, which shows the progress.
        const options = { env: { ...env, GOBIN: bin, CGO_ENABLED: '0' }, onLine, timeoutMs };
        const life = { say, everyMs: progressLineMs, what: 'building Temporal', doing: () => latest };
        const result = await withProgressLines(life, () =>
          run(go, ['install', '-v', `${module}@v${version}`], options),
        );
        if (result.code !== 0) throw new Error(`Go failed: ${lastLineOf(result)}`);
        await rename(join(bin, 'temporal'), join(folder, artifact.file));
        await rm(bin, { recursive: true });
      });
      return { path };
    },
  };
}
