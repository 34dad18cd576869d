import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { startChild } from '../../src/embedded/child.ts';
import { eventually } from '../support/eventually.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { cleanEnv } from './jobtrack.ts';

const root = join(import.meta.dirname, '../..');
const commands: [name: string, args: string[]][] = [
  ['node dist/worker.js', [join(root, 'dist/worker.js')]],
  ['jobtrack worker', [join(root, 'dist/cli/main.js'), 'worker']],
];

interface Program {
  lines: string[];
  exited: Promise<{ code: number | null; signal: string | null }>;
  pid: number;
}

async function start(args: string[], settings: Record<string, string>): Promise<Program> {
  const lines: string[] = [];
  const env = cleanEnv({ JOBTRACK_TASK_QUEUE: `program-${randomUUID()}`, JOBTRACK_LOG_FORMAT: 'json', ...settings });
  const child = await startChild(process.execPath, args, { env, onLine: (line) => lines.push(line) });
  onTestFinished(() => child.kill());
  return { lines, exited: child.exited, pid: child.pid };
}

const serves = ({ lines }: Program): Promise<void> =>
  eventually(() => expect(lines.join('\n')).toContain('worker serves'));

test.each(commands)(
  '%s ends with 3 when it has lost Temporal, and does not keep running without work',
  async (_, args) => {
    const proxy = await startTcpProxy(inject('temporalAddress'));
    onTestFinished(() => proxy.close());
    const program = await start(args, { TEMPORAL_ADDRESS: proxy.address, JOBTRACK_LOST_AFTER_MS: '1000' });
    await serves(program);
    proxy.cut();
    expect(await program.exited).toEqual({ code: 3, signal: null });
    expect(program.lines.join('\n')).toContain('Temporal has not answered for');
  },
);

test.each(commands)('%s ends with 2 if its health address is in use, and names the variable', async (_, args) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void taken.close());
  const address = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
  for (const variable of ['JOBTRACK_HEALTH_ADDRESS', 'JOBTRACK_METRICS_ADDRESS']) {
    const program = await start(args, { TEMPORAL_ADDRESS: inject('temporalAddress'), [variable]: address });
    expect(await program.exited).toEqual({ code: 2, signal: null });
    expect(program.lines.join('\n')).toContain(
      `${variable}: names ${address}, but another process listens there (EADDRINUSE): name another address or port, or leave it out`,
    );
  }
});

test('a worker without an account says so, and drains by SIGTERM with 0', async () => {
  const program = await start(commands[0]?.[1] ?? [], { TEMPORAL_ADDRESS: inject('temporalAddress') });
  await eventually(() => expect(program.lines.join('\n')).toContain('serves no account'));
  process.kill(program.pid, 'SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});

const ofNpm: [name: string, args: string[], ready: RegExp][] = [
  ['npm start', ['start'], /worker serves/],
  ['npm exec tsx … worker', ['exec', '--', 'tsx', 'src/cli/main.ts', 'worker'], /worker serves/],
  ['npm exec tsx … worker, which still starts,', ['exec', '--', 'tsx', 'src/cli/main.ts', 'worker'], /bundle created/],
  ['npm exec tsx … simulate', ['exec', '--', 'tsx', 'src/cli/main.ts', 'simulate'], /Ready/],
];

test.each(ofNpm)('all processes that %s has started end when only npm is ended', async (_, args, ready) => {
  // `startChild` is not used here, because it would end the whole group with npm.
  const env = cleanEnv({
    JOBTRACK_TASK_QUEUE: `npm-${randomUUID()}`,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    PATH: process.env['PATH'] ?? '',
  });
  const npm = spawn('npm', args, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => killGroup(npm.pid));
  let said = '';
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await eventually(() => expect(said).toMatch(ready));
  process.kill(npm.pid ?? 0, 'SIGKILL');
  await eventually(() => expect(said).toMatch(/npm, which started (it|this program), has ended/));
  await eventually(() => expect(() => process.kill(-(npm.pid ?? 0), 0)).toThrow('ESRCH'));
});

function killGroup(pid: number | undefined): void {
  try {
    process.kill(-(pid ?? 0), 'SIGKILL');
  } catch {
    // the group has ended, as it should
  }
}
