import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withCleanUp } from '../../../src/process/clean-up.ts';
import { sourceFilesIn } from '../../support/source-files.ts';

const failing = (message: string) => () => Promise.reject(new Error(message));

test("the work's own error is thrown, and an error of the clean-up hangs on it", async () => {
  const thrown = await withCleanUp(failing('the work'), failing('the clean-up')).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ message: 'the work', cleanUpError: { message: 'the clean-up' } });
});

test("a clean-up that throws before it returns does not hide the work's error", async () => {
  const cleanUp = (): never => {
    throw new Error('at once');
  };
  await expect(withCleanUp(failing('the work'), cleanUp)).rejects.toThrow('the work');
});

test('an error of only the clean-up is thrown', async () => {
  await expect(withCleanUp(() => Promise.resolve(1), failing('the clean-up'))).rejects.toThrow('the clean-up');
});

test('the result is returned after the clean-up', async () => {
  const done: string[] = [];
  const work = () => Promise.resolve(done.push('work'));
  expect(await withCleanUp(work, () => Promise.resolve(done.push('clean-up')))).toBe(1);
  expect(done).toEqual(['work', 'clean-up']);
});

/** An error in a `finally` block hides the error before it. A teardown never throws. */
const AWAITS_IN_FINALLY = /finally \{[^}]*await (?!teardown\.run\(\)|[^;]*\.catch\()[^;]*;/;

test.each(['src', 'bench'])(
  'no finally block of %s awaits something that may fail: withCleanUp is for this',
  async (folder) => {
    const root = join(import.meta.dirname, '../../..', folder);
    const names = sourceFilesIn(root);
    expect(names.length).toBeGreaterThan(5);
    const texts = await Promise.all(
      names.map(async (name) => ({ name, text: await readFile(join(root, name), 'utf8') })),
    );
    const found = texts.map(({ name, text }) => `${name}: ${AWAITS_IN_FINALLY.exec(text)?.[0] ?? ''}`);
    expect(found.filter((line) => !line.endsWith(': '))).toEqual([]);
  },
);
