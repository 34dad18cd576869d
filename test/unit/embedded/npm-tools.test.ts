import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { Run } from '../../../src/embedded/run.ts';
import { provision } from '../../support/npm-tools.ts';
import { scratchFolder } from '../../support/scratch.ts';

const tool = { package: 'a-tool', version: '1.2.3', file: 'bin/tool' };

test('a tool is installed once, by its name and version, and then comes from the cache', async () => {
  const env = { JOBTRACK_CACHE_DIR: await scratchFolder() };
  const asked: string[] = [];
  const run: Run = async (command, args, options) => {
    asked.push([command, ...args.filter((arg) => !arg.startsWith('/'))].join(' '));
    const file = join(options?.cwd ?? '', 'node_modules/a-tool/bin/tool');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, 'the tool');
    await chmod(file, 0o755);
    return { code: 0, stdout: '', stderr: '' };
  };
  const [first, second] = [
    await provision(tool, { env, say: () => undefined, run }),
    await provision(tool, { env, say: () => undefined, run }),
  ];
  expect([first.from, second.from]).toEqual(['npm install a-tool@1.2.3', 'cache']);
  expect(await readFile(second.path, 'utf8')).toBe('the tool');
  expect(asked).toEqual(['npm install --prefix --no-audit --no-fund --ignore-scripts a-tool@1.2.3']);
});

test('if npm fails, the error says why, and where the tool would be kept', async () => {
  const env = { JOBTRACK_CACHE_DIR: await scratchFolder() };
  const run: Run = async () => ({ code: 1, stdout: '', stderr: 'npm error code E404\n' });
  const failing = provision(tool, { env, say: () => undefined, run });
  await expect(failing).rejects.toThrow(/a-tool@1\.2\.3 could not be installed[\s\S]*npm failed: npm error code E404/);
  await expect(failing).rejects.toThrow(env.JOBTRACK_CACHE_DIR);
});
