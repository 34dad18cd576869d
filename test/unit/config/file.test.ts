import { execFileSync } from 'node:child_process';
import { pbkdf2 } from 'node:crypto';
import { symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { type FileRead, readFile, readFileNow } from '../../../src/config/file.ts';
import { scratchFolder } from '../../support/scratch.ts';

const KIB = 1_024;

/** @returns the result of reading the file in both ways: synchronously, and without blocking */
async function bothWays(path: string, maxBytes = 64 * KIB): Promise<FileRead[]> {
  return [readFileNow(path, maxBytes), await readFile(path, maxBytes, 5_000)];
}

const twice = <T>(value: T): T[] => [value, value];

test('a file is read, also through links, as secrets are mounted', async () => {
  const folder = await scratchFolder();
  await writeFile(join(folder, 'token'), 'a\nb');
  await symlink('token', join(folder, 'link'));
  await symlink(join(folder, 'link'), join(folder, 'link-to-link'));
  expect(await bothWays(join(folder, 'link-to-link'))).toEqual(twice({ text: 'a\nb' }));
});

test('a FIFO without a writer is refused at once', async () => {
  const path = join(await scratchFolder(), 'fifo');
  execFileSync('mkfifo', [path]);
  const problem = 'names a pipe, a socket or a device: give the path of a regular file, or of a link to one';
  expect(await bothWays(path)).toEqual(twice({ text: null, problem, code: 'irregular' }));
});

test.each(['/dev/zero', '/dev/null', '/dev/random'])('%s is refused', async (path) => {
  expect(await bothWays(path)).toEqual(twice(expect.objectContaining({ text: null, code: 'irregular' })));
});

test('a directory is refused', async () => {
  const problem = 'names a directory: give the path of a file in it';
  expect(await bothWays(await scratchFolder())).toEqual(twice({ text: null, problem, code: 'EISDIR' }));
});

test('a file of 300 MB is refused before it is read', async () => {
  const path = join(await scratchFolder(), 'large');
  await writeFile(path, '');
  await truncate(path, 300_000_000);
  const problem = 'names a file of more than 64 KiB: check the path';
  expect(await bothWays(path)).toEqual(twice({ text: null, problem, code: 'too-large' }));
});

test('a file that is larger than its reported size is read to the limit, not to its end', async () => {
  expect(await bothWays('/proc/self/status', 16)).toEqual(twice(expect.objectContaining({ code: 'too-large' })));
  expect(await bothWays('/proc/self/status')).toEqual(twice({ text: expect.stringContaining('Pid:') }));
});

test('a file of exactly the limit is read', async () => {
  const path = join(await scratchFolder(), 'full');
  await writeFile(path, 'x'.repeat(64 * KIB));
  expect(await bothWays(path)).toEqual(twice({ text: 'x'.repeat(64 * KIB) }));
});

test('a file that is not there names the error of the system, not the path', async () => {
  const problem = 'names a file that cannot be read (ENOENT): check the path and who may read it';
  expect(await bothWays('/nowhere/token')).toEqual(twice({ text: null, problem, code: 'ENOENT' }));
});

test('a file that does not answer in time is given up, and the next reads of it do not wait at all', async () => {
  const path = join(await scratchFolder(), 'token');
  await writeFile(path, 'late');
  // All threads that read files are busy, as if they waited for a mount that does not answer.
  const busy = Array.from({ length: 8 }, () => promisify(pbkdf2)('a', 'b', 300_000, 64, 'sha512'));
  const silent = {
    text: null,
    problem: 'names a file that does not answer: check the mount it is on',
    code: 'ETIMEDOUT',
  };
  expect(await Promise.all([readFile(path, KIB, 1), readFile(path, KIB, 1)])).toEqual([silent, silent]);
  expect(await readFile(path, KIB, 60_000)).toEqual(silent);
  await Promise.all(busy);
  await expect.poll(() => readFile(path, KIB, 5_000)).toEqual({ text: 'late' });
});
