import { getHeapStatistics } from 'node:v8';
import { expect, test } from 'vitest';
import { run } from '../../../src/embedded/run.ts';
import { oldSpaceMb } from '../../../src/worker-host/old-space.ts';
import { root } from '../../support/marked.ts';

const PRINT =
  "import('./src/worker-host/old-space.ts').then(async ({ oldSpaceMb }) => console.log(await oldSpaceMb()))";

// The versions of Node differ in the young generation, which V8 adds to its limit. `npm run test:nodes` runs this file on each of them.
test.each([
  { args: ['--max-old-space-size=300'], nodeOptions: '', name: 'on the command line' },
  { args: [], nodeOptions: '--max-old-space-size=300', name: 'in NODE_OPTIONS' },
  {
    args: ['--max-semi-space-size=64'],
    nodeOptions: '--max-old-space-size=300',
    name: 'with a large young generation',
  },
  { args: [], nodeOptions: '--max_old_space_size=300 --max_semi_space_size=1', name: 'with a small young generation' },
  {
    args: ['--max-semi-space-size=4'],
    nodeOptions: '--max-old-space-size=300 --max-semi-space-size=64',
    name: 'with a young generation on the command line that replaces the one of NODE_OPTIONS',
  },
])('the old space has the size that --max-old-space-size says $name', async ({ args, nodeOptions }) => {
  const env = { ...process.env, NODE_OPTIONS: nodeOptions };
  const ended = await run(process.execPath, [...args, '--import', 'tsx', '-e', PRINT], { cwd: root, env });
  expect([ended.code, ended.stdout.trim()], ended.stderr).toEqual([0, '300']);
});

test('without an option, the old space is the part of the heap that the young generation does not have', async () => {
  const limitMb = getHeapStatistics().heap_size_limit / 2 ** 20;
  const oldMb = await oldSpaceMb();
  expect(oldMb).toBeLessThan(limitMb);
  expect(oldMb).toBeGreaterThan(limitMb * 0.8);
});
