import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { EXIT } from '../../src/cli/exit.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import { wire } from '../../src/contract/index.ts';
import { ensureSearchAttributes } from '../../src/worker-host/search-attributes.ts';
import { eventually } from '../support/eventually.ts';
import { ATTACK } from '../support/fixtures/attack.ts';
import { aSink } from '../unit/cli/builders.ts';

// Anybody with write access to the namespace can run a workflow under our names. Each text of this workflow attacks a terminal.
const taskQueue = `attack-${randomUUID()}`;
const label = `attack=${taskQueue}`;
const ids = {
  running: `job:docswrite:default:post:${randomUUID()}`,
  ended: '',
  refused: '',
  failed: '',
  terminated: '',
};
let close: () => Promise<void>;
let env: Record<string, string>;

beforeAll(async () => {
  process.setMaxListeners(0); // each run adds its own listener for Ctrl-C
  const address = inject('temporalAddress');
  env = { TEMPORAL_ADDRESS: address, JOBTRACK_TASK_QUEUE: taskQueue };
  const [native, connection] = await Promise.all([
    NativeConnection.connect({ address }),
    Connection.connect({ address }),
  ]);
  await ensureSearchAttributes(connection, 'default');
  const client = new Client({ connection });
  const workflowsPath = new URL('../support/fixtures/attack-workflow.ts', import.meta.url).pathname;
  const worker = await Worker.create({ connection: native, taskQueue, workflowsPath });
  const over = worker.run();
  close = async () => {
    worker.shutdown();
    await over;
    await Promise.all([native.close(), connection.close()]);
  };
  const start = async (mode: string, workflowId: string): Promise<string> => {
    await client.workflow.start(wire.workflow, { workflowId, taskQueue, args: [mode, label] });
    return workflowId;
  };
  const id = (): string => `job:docswrite:default:post:${randomUUID()}`;
  await start('runs', ids.running);
  ids.ended = await start('ends', id());
  ids.refused = await start('is refused', id());
  ids.failed = await start('fails', id());
  ids.terminated = await start('runs', id());
  const ended = [ids.ended, ids.refused, ids.failed].map((each) => client.workflow.getHandle(each).result());
  await Promise.allSettled(ended);
  await client.workflow.getHandle(ids.terminated).terminate(`because${ATTACK}`);
  const found = async (): Promise<number> => (await client.workflow.count(`JobLabels = '${label}'`)).count;
  await eventually(async () => expect(await found()).toBe(5));
});

afterAll(() => close?.());

const jobIdOf = (workflowId: string): string => workflowId.split(':').at(-1) ?? '';

const COMMANDS: [name: string, exitCode: number, argv: () => string[]][] = [
  ['status of a job under way', 0, () => ['status', ids.running]],
  ['status of an ended job', 0, () => ['status', ids.ended]],
  ['timeline', 0, () => ['timeline', ids.running]],
  ['refresh', 0, () => ['refresh', ids.running]],
  ['refresh of an ended job', 0, () => ['refresh', ids.ended]],
  ['cancel', 0, () => ['cancel', ids.running, '--reason', `why${ATTACK}`]],
  ['cancel of an ended job', 0, () => ['cancel', ids.ended]],
  ['list', 0, () => ['list', '--label', label]],
  ['watch', 0, () => ['watch', ids.ended]],
  ['result', 0, () => ['result', ids.ended]],
  ['result of a refused input', 2, () => ['result', ids.refused]],
  ['result of a workflow that failed', 1, () => ['result', ids.failed]],
  ['result of a terminated workflow', 1, () => ['result', ids.terminated]],
  ['track, attached', 0, () => ['track', 'docswrite', jobIdOf(ids.running)]],
  ['track --wait', 0, () => ['track', 'docswrite', jobIdOf(ids.ended), '--wait']],
  ['track --watch', 0, () => ['track', 'docswrite', jobIdOf(ids.ended), '--watch']],
  ['a job that is not tracked', 4, () => ['status', `never${ATTACK}`]],
  ['a job id that is wrong', 2, () => ['track', 'deepwriter', `1${ATTACK}`]],
  ['an unknown command', 2, () => [`nonsense${ATTACK}`]],
];

const TERMINALS = { none: [false, false], stdout: [true, false], stderr: [false, true], both: [true, true] } as const;

async function run(
  argv: string[],
  at: keyof typeof TERMINALS,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const sink = (isTerminal: boolean) => ({
    ...aSink(),
    ...(isTerminal ? { isTTY: true, columns: 100, rows: 50 } : {}),
  });
  for (;;) {
    const [stdout, stderr] = [sink(TERMINALS[at][0]), sink(TERMINALS[at][1])];
    const exitCode = await runCommandLine({ argv, env, stdout, stderr });
    // On a busy machine an answer may take longer than the command waits.
    if (exitCode !== EXIT.unreachable) return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
  }
}

// oxlint-disable-next-line no-control-regex -- the pattern must match control characters
const UNSEEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** @returns true for a command that shows a view instead of lines at a terminal */
const isPainted = (argv: readonly string[]): boolean => argv.includes('watch') || argv.includes('--watch');

/** The answers of these commands have no foreign text. */
const QUIET = ['refresh'];

describe.each(COMMANDS)('%s', (name, exitCode, argv) => {
  test('prints foreign texts as plain text, and the same at any terminal', async () => {
    const first = await run(argv(), 'none');
    expect(first.exitCode).toBe(exitCode);
    expect(first.stdout + first.stderr).not.toMatch(UNSEEN);
    expect(first.stdout + first.stderr).not.toContain('PWNED');
    for (const at of ['stdout', 'stderr', 'both'] as const) {
      const { stdout, stderr, ...ended } = await run(argv(), at);
      expect(ended).toEqual({ exitCode });
      expect(stdout + stderr).not.toContain('PWNED');
      if (at === 'stderr' || !isPainted(argv())) expect({ ...ended, stdout, stderr }).toEqual(first);
    }
  });

  test('with --json prints only JSON with unchanged values on stdout, at any terminal', async () => {
    const first = await run([...argv(), '--json'], 'none');
    expect(first.exitCode).toBe(exitCode);
    expect(first.stdout + first.stderr).not.toMatch(UNSEEN);
    const lines = first.stdout.trim().split('\n');
    const values = lines.map((line) => JSON.stringify(JSON.parse(line)));
    expect(values).toHaveLength(1);
    if (exitCode === 0 && !QUIET.includes(name)) expect(values.join('')).toContain(JSON.stringify(ATTACK).slice(1, -1));
    for (const at of ['stdout', 'stderr', 'both'] as const) expect(await run([...argv(), '--json'], at)).toEqual(first);
  });
});
