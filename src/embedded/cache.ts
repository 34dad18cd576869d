import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ProvisionContext, Source } from './chain.ts';
import { withCleanUp } from '../process/clean-up.ts';
import { isExecutable } from './executable.ts';
import { withLock } from './lock.ts';

/** A kind of executable: its folder in the cache, and its file there. */
export type Artifact = { name: string; file: string };

/** @returns `JOBTRACK_CACHE_DIR`, or else `durable-job-tracker` below `XDG_CACHE_HOME` or `~/.cache` */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  if (env['JOBTRACK_CACHE_DIR']) return env['JOBTRACK_CACHE_DIR'];
  return join(env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), 'durable-job-tracker');
}

/** One folder for each version and type of machine, because machines may share a cache. */
export function cachedPath(env: NodeJS.ProcessEnv, artifact: Artifact, version: string): string {
  return join(cacheFolder(env), `${artifact.name}-${version}-${process.platform}-${process.arch}`, artifact.file);
}

/** The executable that an earlier run has installed. */
export function cached(artifact: Artifact, versions: readonly string[]): Source {
  return {
    name: 'cache',
    async find({ env }) {
      for (const version of versions) {
        const path = cachedPath(env, artifact, version);
        if (await isExecutable(path)) return { path };
      }
      return { passed: `nothing in ${cacheFolder(env)}` };
    },
  };
}

/**
 * Installs an artifact into the cache. `build` fills a temporary folder, which is then renamed in one step. So two processes at once, or a
 * killed one, never leave half an installation.
 * @returns the path of the executable
 * @throws Error if `build` makes no executable
 */
export async function installOnce(
  context: ProvisionContext,
  wanted: { artifact: Artifact; version: string },
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const path = cachedPath(context.env, wanted.artifact, wanted.version);
  const target = join(path, '..');
  const prefix = `${target}.tmp-`;
  return withLock(`${target}.lock`, context, async () => {
    if (await isExecutable(path)) return path; // installed by the process that had the lock
    await sweep(prefix);
    const folder = await mkdtemp(prefix);
    const install = async (): Promise<void> => {
      await build(folder);
      if (!(await isExecutable(join(folder, wanted.artifact.file))))
        throw new Error(`no executable ${wanted.artifact.file} came out`);
      await rm(target, { recursive: true, force: true }); // a person may have left a damaged one
      await chmod(folder, 0o755); // mkdtemp makes it private, but users may share a cache
      await rename(folder, target);
    };
    await withCleanUp(install, () => rm(folder, { recursive: true, force: true }));
    return path;
  });
}

async function sweep(prefix: string): Promise<void> {
  const parent = join(prefix, '..');
  await mkdir(parent, { recursive: true });
  const leftovers = (await readdir(parent)).map((name) => join(parent, name)).filter((path) => path.startsWith(prefix));
  await Promise.all(leftovers.map((path) => rm(path, { recursive: true, force: true })));
}
