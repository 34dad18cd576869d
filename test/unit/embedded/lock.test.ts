import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { withLock } from '../../../src/embedded/lock.ts';
import { run } from '../../../src/embedded/run.ts';
import { scratchFolder } from '../../support/scratch.ts';

const quick = { retryMs: 5, sayEveryMs: 1 };

test('two that want the lock work one after the other, and the waiting one says so', async () => {
  const path = join(await scratchFolder(), 'sub', 'a.lock');
  const log: string[] = [];
  const say = (line: string): void => void log.push(line.replace(/: .*/, ''));
  let finish = (): void => {};
  const first = withLock(path, { ...quick, say }, async () => {
    await new Promise<void>((resolve) => (finish = resolve));
    log.push('first');
  });
  await eventually(() => readFile(path));
  const second = withLock(path, { ...quick, say }, async () => void log.push('second'));
  await eventually(() => expect(log).toContain('another process is installing the same server, waiting for it'));
  finish();
  await Promise.all([first, second]);
  expect(log.filter((line) => !line.startsWith('another'))).toEqual(['first', 'second']);
});

test('the lock is free again after work that failed', async () => {
  const path = join(await scratchFolder(), 'a.lock');
  const failing = withLock(path, { ...quick, say: () => {} }, () => Promise.reject(new Error('no luck')));
  await expect(failing).rejects.toThrow('no luck');
  expect(await withLock(path, { ...quick, say: () => {} }, async () => 'free')).toBe('free');
});

test('the lock of a process that died on this host is taken over at once', async () => {
  const path = join(await scratchFolder(), 'a.lock');
  const { stdout } = await run('sh', ['-c', 'echo $$']);
  await writeFile(path, JSON.stringify({ pid: Number(stdout), host: hostname() }));
  expect(await withLock(path, { ...quick, say: () => {} }, async () => 'mine')).toBe('mine');
});

test('the lock of another host is taken over when it was not renewed for a long time', async () => {
  const path = join(await scratchFolder(), 'a.lock');
  await writeFile(path, JSON.stringify({ pid: 1, host: 'elsewhere' }));
  const said: string[] = [];
  const waiting = withLock(path, { ...quick, staleMs: 60_000, say: (line) => said.push(line) }, async () => 'mine');
  await eventually(() => expect(said.length).toBeGreaterThan(2));
  await utimes(path, new Date(), new Date(Date.now() - 61_000));
  expect(await waiting).toBe('mine');
});

test('a holder that works for a long time keeps its lock', async () => {
  const path = join(await scratchFolder(), 'a.lock');
  const log: string[] = [];
  const options = { retryMs: 5, staleMs: 4_000, say: () => {} };
  const first = withLock(path, options, async () => {
    const { mtimeMs } = await stat(path);
    // The holder renews the lock four times within `staleMs`.
    await eventually(async () => expect((await stat(path)).mtimeMs).toBeGreaterThan(mtimeMs));
    log.push('first');
  });
  await eventually(() => readFile(path));
  await Promise.all([first, withLock(path, options, async () => void log.push('second'))]);
  expect(log).toEqual(['first', 'second']);
});
