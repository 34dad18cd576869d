import { spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../../..');
type Reader = 'reads' | 'reads late' | 'goes away' | 'is a full disk';

/** Runs a program that writes this many bytes and ends with 7. `reader` says how its streams are read. */
async function writing(bytes: number, reader: { stdout: Reader; stderr: Reader }): Promise<unknown> {
  const to = (how: Reader): 'pipe' | number => (how === 'is a full disk' ? openSync('/dev/full', 'w') : 'pipe');
  const stdio: StdioOptions = ['ignore', to(reader.stdout), to(reader.stderr)];
  const args = ['--import', 'tsx', 'test/support/fixtures/says-much.ts', '7', String(bytes)];
  const child = spawn(process.execPath, args, { cwd: root, stdio });
  const read = async (from: 'stdout' | 'stderr'): Promise<number | string> => {
    const stream = child[from];
    if (reader[from] === 'goes away') stream?.destroy();
    if (stream === null || stream.destroyed) return 'nothing';
    if (reader[from] === 'reads late') await sleep(1_500);
    const said = await text(stream);
    return from === 'stdout' ? said.length : said;
  };
  const [stdout, stderr, [code]] = await Promise.all([read('stdout'), read('stderr'), once(child, 'exit')]);
  return { code, stdout, stderr };
}

const MUCH = 1_000_000;

test.each([
  ['both are read', 'reads', 'reads', { code: 7, stdout: MUCH + 1, stderr: 'a remark\n' }],
  ['stdout is read late', 'reads late', 'reads', { code: 7, stdout: MUCH + 1, stderr: 'a remark\n' }],
  ['the reader of stderr goes away', 'reads', 'goes away', { code: 7, stdout: MUCH + 1, stderr: 'nothing' }],
  ['the reader of stdout goes away', 'goes away', 'reads', { code: 141, stdout: 'nothing', stderr: 'a remark\n' }],
] as const)(
  'when %s, the other stream is complete, and the exit code shows what happened to stdout',
  async (...given) => {
    const [, stdout, stderr, came] = given;
    expect(await writing(MUCH, { stdout, stderr })).toEqual(came);
  },
);

test.skipIf(!existsSync('/dev/full'))('a full disk under stdout is an error; one under stderr is none', async () => {
  expect(await writing(10, { stdout: 'is a full disk', stderr: 'reads' })).toEqual({
    code: 5,
    stdout: 'nothing',
    stderr: 'a remark\nerror: cannot write to stdout: ENOSPC: no space left on device, write\n',
  });
  expect(await writing(10, { stdout: 'reads', stderr: 'is a full disk' })).toMatchObject({ code: 7, stdout: 11 });
});
