import { Client, Connection } from '@temporalio/client';
import { execFileSync, spawn } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { simulatedAccounts, type Simulators, startSimulators } from '../../src/cli/playground/simulators.ts';
import { createTeardown } from '../../src/cli/playground/teardown.ts';
import { untilPolling } from '../../src/cli/playground/worker-process.ts';
import { cleanEnv, jobtrack, startJobtrack } from './jobtrack.ts';

// Runs each command at a real pseudo terminal, which `script` of util-linux opens. In Debian it is part of an essential package.
const main = join(import.meta.dirname, '../../dist/cli/main.js');
const taskQueue = `e2e-${randomUUID()}`;
const teardown = createTeardown();
let folder: string;
let env: NodeJS.ProcessEnv;
let simulators: Simulators;
let jobId: string;

let nextId = randomInt(1_000_000, 900_000_000);
async function aJob(scenario: string): Promise<string> {
  const ask = { jobId: String(nextId++), scenario, params: { stepMs: 300 } };
  return (await simulators.docswrite.control.createJob(ask)).jobId;
}

const QUICK = ['--interval', '1s'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobtrack-terminals-'));
  teardown.add(() => rm(folder, { recursive: true, force: true }));
  const address = inject('temporalAddress');
  simulators = await startSimulators({ teardown });
  const settings = { TEMPORAL_ADDRESS: address, JOBTRACK_TASK_QUEUE: taskQueue, ...simulatedAccounts(simulators) };
  env = cleanEnv({ ...settings, TERM: 'xterm', CI: '', NO_COLOR: '' });
  const connection = await Connection.connect({ address });
  teardown.add(() => connection.close());
  const worker = await startJobtrack({ ...env, JOBTRACK_LOG_LEVEL: 'warn' }, 'worker');
  teardown.add(() => worker.child.stop());
  await untilPolling(new Client({ connection }), taskQueue, worker.child);
  jobId = await aJob('success');
  expect((await jobtrack(env, 'track', 'docswrite', jobId, ...QUICK, '--wait')).code).toBe(0);
});

afterAll(() => teardown.run());

type Name = 'stdin' | 'stdout' | 'stderr';
interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

let runs = 0;

/** Runs a command at a terminal of 100 x 40. Streams that are not in `terminals` are files. */
async function at(terminals: readonly Name[], argv: readonly string[]): Promise<Ended> {
  const base = join(folder, String((runs += 1)));
  const file = { stdout: `${base}.stdout`, stderr: `${base}.stderr`, typescript: `${base}.typescript` };
  const redirects = [
    terminals.includes('stdin') ? '' : '</dev/null',
    terminals.includes('stdout') ? '' : `>${file.stdout}`,
    terminals.includes('stderr') ? '' : `2>${file.stderr}`,
  ];
  const words = [process.execPath, main, ...argv].map((word) => `'${word}'`);
  const command = `stty cols 100 rows 40; exec ${words.join(' ')} ${redirects.join(' ')}`;
  const child = spawn('script', ['-qec', command, file.typescript], { env, stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number];
  const said = async (name: 'stdout' | 'stderr'): Promise<string> =>
    terminals.includes(name) ? shown(await readFile(file.typescript, 'utf8')) : readFile(file[name], 'utf8');
  return { code, stdout: await said('stdout'), stderr: await said('stderr') };
}

/** @returns the text that `script` recorded, without its own first and last lines, and with the original line ends */
function shown(typescript: string): string {
  const lines = typescript.replaceAll('\r\n', '\n').split('\n');
  return lines
    .filter((line) => !/^Script (started|done) on /.test(line))
    .join('\n')
    .replace(/\n+$/, '\n');
}

const job = (): string[] => ['docswrite', jobId];
const COMMANDS: [name: string, code: number, argv: () => string[]][] = [
  ['--version', 0, () => ['--version']],
  ['list --help', 0, () => ['list', '--help']],
  ['nonsense', 2, () => ['nonsense']],
  ['track', 0, () => ['track', ...job()]],
  ['track --wait', 0, () => ['track', ...job(), '--wait']],
  ['track --watch', 0, () => ['track', ...job(), '--watch']],
  ['status', 0, () => ['status', ...job()]],
  ['timeline', 0, () => ['timeline', ...job()]],
  ['refresh', 0, () => ['refresh', ...job()]],
  ['watch', 0, () => ['watch', ...job()]],
  ['result', 0, () => ['result', ...job()]],
  ['cancel', 1, () => ['cancel', ...job()]],
  ['list', 0, () => ['list', '--label', `none=${taskQueue}`]],
  ['status of a job that is not tracked', 4, () => ['status', 'docswrite', 'never']],
];

const isHere = (() => {
  try {
    execFileSync('script', ['--version']);
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!isHere)('at a terminal', () => {
  test.each(COMMANDS)('%s --json prints the same with any streams as a terminal', async (_, code, argv) => {
    const none = await at([], [...argv(), '--json']);
    expect(none.code).toBe(code);
    for (const name of ['stdin', 'stdout', 'stderr'] as const) {
      const { stdout, ...ended } = await at([name], [...argv(), '--json']);
      expect(ended.code).toBe(code);
      expect(stdout).toBe(none.stdout);
      if (name !== 'stderr') expect(ended.stderr).toBe(none.stderr);
    }
  });

  test('track --watch --json to a file is JSON lines, with a terminal only on stderr', async () => {
    const argv = ['track', 'docswrite', await aJob('success'), ...QUICK, '--watch', '--json'];
    const { code, stdout, stderr } = await at(['stdin', 'stderr'], argv);
    const changes = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { outcome: unknown });
    expect([code, changes.at(-1)?.outcome]).toEqual([0, expect.objectContaining({ status: 'completed' })]);
    expect(stderr).not.toContain('\u001b');
  });

  test('track --watch shows a view at a terminal on stdout, and lines at a dumb one', async () => {
    const argv = async (): Promise<string[]> => ['track', 'docswrite', await aJob('success'), ...QUICK, '--watch'];
    const painted = await at(['stdin', 'stdout', 'stderr'], await argv());
    expect([painted.code, painted.stdout]).toEqual([0, expect.stringContaining('\u001b[')]);
    env = { ...env, TERM: 'dumb' };
    const plain = await at(['stdin', 'stdout', 'stderr'], await argv());
    env = { ...env, TERM: 'xterm' };
    expect([plain.code, plain.stdout]).toEqual([0, expect.not.stringContaining('\u001b')]);
    expect(plain.stdout).toMatch(/completed .*outcome completed/);
  });

  test('track --wait prints its outcome, and ends with the exit code of the outcome, also if the reader of stderr goes away', async () => {
    const words = ['track', 'docswrite', await aJob('success'), ...QUICK, '--wait'];
    const child = spawn(process.execPath, [main, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stderr.destroy();
    let stdout = '';
    child.stdout.on('data', (data) => (stdout += String(data)));
    const [code] = (await once(child, 'close')) as [number];
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^completed/)]);
  });

  test('watch ends as by SIGPIPE, and says nothing, when the reader of stdout goes away', async () => {
    const id = await aJob('long');
    await jobtrack(env, 'track', 'docswrite', id, ...QUICK);
    const child = spawn(process.execPath, [main, 'watch', 'docswrite', id], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (data) => (stderr += String(data)));
    const [code] = (await once(child, 'close')) as [number];
    // On a busy machine the only allowed message is that the worker is slow to answer.
    const others = stderr.split('\n').filter((line) => !/no worker answers|jobtrack worker/.test(line));
    expect([code, others.join('\n')]).toEqual([141, '']);
    await jobtrack(env, 'cancel', 'docswrite', id);
  });
});
