import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { cacheFolder, cachedPath, installOnce } from '../../../src/embedded/cache.ts';
import { fakeCommand, scratchFolder } from '../../support/scratch.ts';
import { provisioningIn } from '../../support/provisioning.ts';

const wanted = { artifact: { name: 'thing', file: 'run-me' }, version: '1.2.3' };

test.each([
  [{ JOBTRACK_CACHE_DIR: '/mine', XDG_CACHE_HOME: '/xdg', HOME: '/home/me' }, '/mine'],
  [{ JOBTRACK_CACHE_DIR: '', XDG_CACHE_HOME: '/xdg', HOME: '/home/me' }, '/xdg/durable-job-tracker'],
  [{ HOME: '/home/me' }, '/home/me/.cache/durable-job-tracker'],
])('the cache of %o is %s', (env, folder) => {
  expect(cacheFolder(env)).toBe(folder);
  expect(cachedPath(env, wanted.artifact, '1.2.3')).toBe(
    `${folder}/thing-1.2.3-${process.platform}-${process.arch}/run-me`,
  );
});

test('an installation appears whole, and leaves nothing else in the cache', async () => {
  const { context, cache } = await provisioningIn(await scratchFolder());
  const path = await installOnce(context, wanted, async (folder) => {
    expect(await readdir(cache)).not.toContain(dirname(path0(context.env)));
    await fakeCommand(join(folder, 'run-me'), 'echo hello');
  });
  expect(path).toBe(path0(context.env));
  expect(await readFile(path, 'utf8')).toContain('hello');
  expect(await readdir(cache)).toEqual([`thing-1.2.3-${process.platform}-${process.arch}`]);
});

test('a build that fails, or gives no executable, leaves nothing', async () => {
  const { context, cache } = await provisioningIn(await scratchFolder());
  await expect(installOnce(context, wanted, () => Promise.reject(new Error('disk full')))).rejects.toThrow('disk full');
  await expect(installOnce(context, wanted, (folder) => writeFile(join(folder, 'run-me'), ''))).rejects.toThrow(
    'no executable run-me',
  );
  expect(await readdir(cache)).toEqual([]);
});

test('two installations at the same time build only once', async () => {
  const { context } = await provisioningIn(await scratchFolder());
  let builds = 0;
  const build = async (folder: string): Promise<void> => {
    builds += 1;
    await fakeCommand(join(folder, 'run-me'), '');
  };
  const paths = await Promise.all([installOnce(context, wanted, build), installOnce(context, wanted, build)]);
  expect([builds, ...paths]).toEqual([1, path0(context.env), path0(context.env)]);
});

test('the remains of a killed installation are deleted and replaced', async () => {
  const { context, cache } = await provisioningIn(await scratchFolder());
  const target = dirname(path0(context.env));
  await mkdir(`${target}.tmp-killed`, { recursive: true });
  await mkdir(target);
  await writeFile(join(target, 'half'), '');
  await installOnce(context, wanted, async (folder) => void (await fakeCommand(join(folder, 'run-me'), '')));
  expect(await readdir(cache)).toEqual([`thing-1.2.3-${process.platform}-${process.arch}`]);
  expect(await readdir(target)).toEqual(['run-me']);
});

function path0(env: NodeJS.ProcessEnv): string {
  return cachedPath(env, wanted.artifact, wanted.version);
}
