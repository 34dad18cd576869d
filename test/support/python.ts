import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder, installOnce } from '../../src/embedded/cache.ts';
import { complete } from '../../src/embedded/provision.ts';
import { lastLineOf, run } from '../../src/embedded/run.ts';
import { say } from './servers.ts';

const TEMPORALIO = '1.35.0';
const INSTALL_MS = 10 * 60_000; // it takes ten seconds

/**
 * Finds Temporal's SDK for Python in the cache, or installs it with pip.
 * @returns the folder for `PYTHONPATH`
 * @throws Error with the last line of pip
 */
export async function pythonPackages(): Promise<string> {
  const context = complete({ env: process.env, say });
  const artifact = { name: 'python-temporalio', file: 'installed' };
  const marker = await installOnce(context, { artifact, version: TEMPORALIO }, async (folder) => {
    say(`installing temporalio ${TEMPORALIO} with pip, once; it is kept in ${cacheFolder(process.env)}`);
    const args = ['-m', 'pip', 'install', '--quiet', '--target', folder, `temporalio==${TEMPORALIO}`];
    const installed = await run('python3', args, { env: process.env, timeoutMs: INSTALL_MS });
    if (installed.code !== 0) throw new Error(`pip failed: ${lastLineOf(installed)}`);
    await writeFile(join(folder, artifact.file), '', { mode: 0o755 });
  });
  return dirname(marker);
}
