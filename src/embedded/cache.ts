import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ProvisionContext, Source } from './chain.ts';
import { withCleanUp } from '../process/clean-up.ts';
import { isExecutable } from './executable.ts';
import { withLock } from './lock.ts';

export type Artifact = { name: string; file: string };

/** Names the cache: `JOBTRACK_CACHE_DIR`, else `durable-job-tracker` below `XDG_CACHE_HOME` or `~/.cache`. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  if (env['JOBTRACK_CACHE_DIR']) return env['JOBTRACK_CACHE_DIR'];
  return join(env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), 'durable-job-tracker');
}

/** One folder for each version and machine type, since a cache may be shared between machines. */
export function cachedPath(env: NodeJS.ProcessEnv, artifact: Artifact, version: string): string {
  return join(cacheFolder(env), `${artifact.name}-${version}-${process.platform}-${process.arch}`, artifact.file);
}

/** What an earlier run installed. */
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
 * Installs an artifact into the cache: `build` fills a temporary folder, which is renamed into place in one step, so that
 * neither two processes at once nor a killed one leave half an installation.
 * @returns the path of the executable
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
    if (await isExecutable(path)) return path; // by the process we waited for
    await sweep(prefix);
    const folder = await mkdtemp(prefix);
    const install = async (): Promise<void> => {
      await build(folder);
      if (!(await isExecutable(join(folder, wanted.artifact.file))))
        throw new Error(`no executable ${wanted.artifact.file} came out`);
      await rm(target, { recursive: true, force: true }); // half an installation, made by hand
      await chmod(folder, 0o755); // mkdtemp makes it private; a cache may be shared between users
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
