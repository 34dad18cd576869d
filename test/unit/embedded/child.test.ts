import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { startChild } from '../../../src/embedded/child.ts';
import { lastLineOf, run } from '../../../src/embedded/run.ts';
import { fakeCommand, isRunning, scratchFolder } from '../../support/scratch.ts';

test('the lines of a child are reported, the last lines are kept, and its exit code is known', async () => {
  const lines: string[] = [];
  const script = await fakeCommand(
    join(await scratchFolder(), 'count'),
    'i=0; while [ $i -lt 60 ]; do i=$((i+1)); echo "line $i"; done; exit 3',
  );
  const child = await startChild(script, [], { onLine: (line, from) => lines.push(`${from} ${line}`) });
  expect(await child.exited).toEqual({ code: 3, signal: null });
  expect(lines).toHaveLength(60);
  expect(lines[0]).toBe('stdout line 1');
  expect([child.lastLines().length, child.lastLines()[0], child.lastLines().at(-1)]).toEqual([
    50,
    'line 11',
    'line 60',
  ]);
});

test('stop ends a child by SIGTERM', async () => {
  const child = await startChild('sleep', ['60']);
  expect(await child.stop()).toEqual({ code: null, signal: 'SIGTERM' });
  expect(isRunning(child.pid)).toBe(false);
  expect(await child.stop()).toEqual({ code: null, signal: 'SIGTERM' });
});

test('stop kills a child that ignores SIGTERM, with all that it started', async () => {
  const pids: number[] = [];
  const script = await fakeCommand(
    join(await scratchFolder(), 'stubborn'),
    "trap '' TERM; sleep 60 & echo $!; while :; do sleep 1; done",
  );
  const child = await startChild(script, [], { onLine: (line) => pids.push(Number(line)) });
  await eventually(() => expect(pids).toHaveLength(1));
  expect(await child.stop(100)).toEqual({ code: null, signal: 'SIGKILL' });
  expect([child.pid, ...pids].filter(isRunning)).toEqual([]);
});

test('processes that an ended child left behind are ended too', async () => {
  const pids: number[] = [];
  const script = await fakeCommand(join(await scratchFolder(), 'parent'), 'sleep 60 & echo $!');
  const child = await startChild(script, [], { onLine: (line) => pids.push(Number(line)) });
  await child.exited;
  await eventually(() => expect(pids.filter(isRunning)).toEqual([]));
});

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a child does not outlive its parent, even one that ends by %s',
  async (signal) => {
    const folder = await scratchFolder();
    const parent = join(import.meta.dirname, '../../support/fixtures/parent-of-sleep.ts');
    const child = await startChild(process.execPath, ['--import', 'tsx', parent, join(folder, 'pid')]);
    const pid = await eventually(async () => {
      const text = await readFile(join(folder, 'pid'), 'utf8');
      if (!text) throw new Error('not yet');
      return Number(text);
    });
    expect(isRunning(pid)).toBe(true);
    process.kill(child.pid, signal);
    await child.exited;
    await eventually(() => expect(isRunning(pid)).toBe(false));
  },
);

test('a command that does not exist fails to start', async () => {
  await expect(startChild('/no/such/command', [])).rejects.toThrow('ENOENT');
});

test('run gives the output and the exit code', async () => {
  const script = await fakeCommand(join(await scratchFolder(), 'both'), 'echo out; echo err >&2; exit 4');
  const result = await run(script, []);
  expect(result).toEqual({ code: 4, stdout: 'out\n', stderr: 'err\n' });
  expect(lastLineOf(result)).toBe('err');
});

test('run answers 127 without a command, 124 after its time, 137 after a signal', async () => {
  expect((await run('/no/such/command', [])).code).toBe(127);
  expect((await run('sleep', ['60'], { timeoutMs: 50 })).code).toBe(124);
  expect((await run('sh', ['-c', 'kill -KILL $$'])).code).toBe(137);
});
