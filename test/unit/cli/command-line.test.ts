import { expect, test } from 'vitest';
import { runCommandLine } from '../../../src/cli/program.ts';
import { aSink } from './builders.ts';

async function run(...argv: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [aSink(), aSink()];
  const exitCode = await runCommandLine({ argv, env: {}, stdout, stderr });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

const COMMANDS =
  'up demo worker doctor track status timeline refresh watch result cancel set-limits list simulate'.split(' ');

test('help names every command and the exit codes, and is no error', async () => {
  const { exitCode, stdout, stderr } = await run('--help');
  expect([exitCode, stderr]).toEqual([0, '']);
  for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
  expect(stdout).toContain('Exit codes: 0 done');
});

test.each(COMMANDS)('%s has help with an example', async (command) => {
  const { exitCode, stdout } = await run(command, '--help');
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`Usage: jobtrack ${command}`);
  expect(stdout).toContain(`$ jobtrack ${command}`);
  expect(stdout).toContain('--json');
});

test('the version is that of the package', async () => {
  expect(await run('--version')).toEqual({ exitCode: 0, stdout: '0.1.0\n', stderr: '' });
});

test.each([
  [[], 'Usage: jobtrack'],
  [['nonsense'], "unknown command 'nonsense'"],
  [['list', '--nonsense'], "unknown option '--nonsense'"],
  [['status'], "missing required argument 'provider|workflowId'"],
  [['track', 'docswrite'], "missing required argument 'jobId'"],
  [['status', 'docswrite', '1', '2'], 'too many arguments'],
  [['status', 'docswrite'], '<jobId> is missing after docswrite'],
  [['track', 'docswrite', '1', '--interval', 'soon'], "'--interval <duration>' argument 'soon' is invalid"],
  [
    ['track', 'docswrite', '1', '--interval', '3'],
    "'--interval <duration>' argument '3' is invalid. It needs a unit, such as 3s.",
  ],
  [['track', 'docswrite', '1', '--max-interval', '90'], 'such as 90s'],
  [['track', 'docswrite', '1', '--limit', 'total=7200'], 'such as 7200s or 2h'],
  [['cancel', 'docswrite', '1', '--wait-for', '30'], 'such as 30s'],
  [['cancel', 'docswrite', '1', '--wait-for', '5m'], 'It must be from 0s to 1m.'],
  [['track', 'docswrite', '1', '--label', 'alone'], 'It must look like key=value.'],
  [['track', 'docswrite', '1', '--wait', '--watch'], "'--wait' cannot be used with option '--watch'"],
  [['track', 'docswrite', '1', '--on-limit', 'explode'], 'Allowed choices are stop, cancel, alert'],
  [['list', '--state', 'gone'], 'Allowed choices are pending'],
  [['list', '--limit', '0'], "'--limit <count>' argument '0' is invalid"],
  [['set-limits', 'docswrite', '1', '--limit', 'total=0s'], 'It must be from 1s to 366d.'],
  [['set-limits', 'docswrite', '1', '--on-limit', 'explode'], 'Allowed choices are stop, cancel, alert'],
  [['up', '--address', 'x:1'], '--address does not go with up'],
  [['demo', '--namespace', 'x'], '--namespace does not go with demo'],
])('bad usage %j ends with 2 and is named on stderr', async (argv, text) => {
  const { exitCode, stdout, stderr } = await run(...argv);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain(text);
});

test.each(['track', 'status', 'timeline', 'refresh', 'watch', 'result', 'cancel'])(
  'an unknown provider, or another wrong part of the address, ends %s with 2 before a server is asked',
  async (command) => {
    const nowhere = ['--address', '127.0.0.1:1'];
    const unknown = await run(command, 'docwrite', '42', ...nowhere);
    const message = 'error: <provider> must be one of docswrite, deepwriter\n';
    expect(unknown).toEqual({ exitCode: 2, stdout: '', stderr: message });
    const wrong = await run(command, 'deepwriter', '42', '--account', 'A', '--json', ...nowhere);
    const both = '<jobId> must be a uuid; --account must be 1 to 40 of a-z, 0-9 and -';
    expect([wrong.exitCode, JSON.parse(wrong.stdout)]).toMatchObject([
      2,
      { error: { code: 'invalid-job', message: both } },
    ]);
  },
);

test.each([
  [['--json']],
  [['list', '--json', '--limit', 'x']],
  [['status', 'docswrite', '--json']],
  [['nonsense', '--json']],
])('with --json, bad usage %j is one JSON value on stdout and nothing else', async (argv) => {
  const { exitCode, stdout, stderr } = await run(...argv);
  expect([exitCode, stderr]).toEqual([2, '']);
  const { error } = JSON.parse(stdout) as { error: Record<string, unknown> };
  expect(Object.keys(error)).toEqual(['code', 'message', 'hint']);
  expect(error['code']).toBe('usage');
});

test('a wrong environment is reported by the variable, without a stack', async () => {
  const [stdout, stderr] = [aSink(), aSink()];
  const env = { TEMPORAL_ADDRESS: 'https://x/' };
  expect(await runCommandLine({ argv: ['list'], env, stdout, stderr })).toBe(2);
  expect(stderr.text()).toContain('TEMPORAL_ADDRESS: must be host:port');
  expect(stderr.text()).not.toMatch(/^\s+at /m);
});
