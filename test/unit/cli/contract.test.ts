import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { createRunner, contextOf } from '../../../src/cli/command.ts';
import { createOutput } from '../../../src/cli/terminal/output.ts';
import { programOf } from '../../../src/cli/program.ts';
import { commandLineOf } from '../../support/command-line.ts';
import { aSink } from './builders.ts';

const run = commandLineOf({});
const output = createOutput({ stdout: aSink(), stderr: aSink() }, false, {});
const program = programOf(
  createRunner(contextOf({}, output, new AbortController().signal), () => undefined),
  output,
);
const text = readFileSync(new URL('../../../docs/contract.md', import.meta.url), 'utf8');
const chapter = text.slice(text.indexOf('\n## The command line'), text.indexOf('\n### doctor'));
const [intro = ''] = chapter.split('\n| command |');
const rows = new Map(
  [...chapter.matchAll(/^\| `([a-z-]+)` \| (.*?) \|/gm)].map(([, name = '', options = '']) => [
    name,
    optionsIn(options),
  ]),
);

function optionsIn(markdown: string): string[] {
  return [...new Set([...markdown.matchAll(/`[^`]*?(--[a-z-]+)/g)].map(([, option = '']) => option))].toSorted();
}

function longs(command: Command): string[] {
  return command.options.map(({ long }) => long ?? '');
}

const OF_A_JOB = ['--account', '--queue-type'];
const takesJob = (command: Command): boolean => (command.registeredArguments[0]?.name() ?? '').startsWith('provider');
const named = program.commands.map((command) => [command.name(), command] as const);
const OF_A_SERVER = ['--address', '--namespace'];
const HAS_OWN_SERVER = ['up', 'demo', 'simulate'];

test('the contract names each command, and no other one', () => {
  const documented = [...rows.keys()];
  expect(named.map(([name]) => name).filter((name) => !documented.includes(name))).toEqual([]);
  expect(documented.filter((name) => !named.some(([known]) => known === name))).toEqual([]);
});

test.each(named)('the contract names each option of %s, and no other one', (name, command) => {
  const own = longs(command).filter((option) => !takesJob(command) || !OF_A_JOB.includes(option));
  expect(rows.get(name)).toEqual(own.toSorted());
});

test('the contract names the options of all commands, and those of all commands about a job', () => {
  expect(optionsIn(intro)).toEqual([...longs(program), '--help', ...OF_A_JOB].toSorted());
});

test.each(named)(
  'the help of %s ends with 0 and names the options that it takes, and no other one',
  async (name, command) => {
    const { exitCode, stdout } = await run(name, '--help');
    const inherited = longs(program).filter(
      (option) => !HAS_OWN_SERVER.includes(name) || !OF_A_SERVER.includes(option),
    );
    const shown = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option]) => option);
    expect(exitCode).toBe(0);
    expect(shown.map(String).toSorted()).toEqual([...longs(command), ...inherited, '--help'].toSorted());
  },
);

test.each(HAS_OWN_SERVER.flatMap((name) => OF_A_SERVER.map((option) => [name, option])))(
  '%s refuses %s by its name',
  async (name = '', option = '') => {
    const { exitCode, stderr } = await run(name, option, 'x:1');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`error: ${option} does not go with ${name}`)]);
  },
);

const checked = named.flatMap(([name, command]) =>
  command.options
    .filter(({ parseArg }) => parseArg !== undefined)
    .map(({ long }) => [name, long ?? '', command] as const),
);

test.each(checked)(
  'a value that %s %s does not take is refused by the name of the option',
  async (name, option, command) => {
    const args = command.registeredArguments.length > 0 ? ['docswrite', '1'] : [];
    const { exitCode, stderr } = await run(name, ...args, option, '?');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(option)]);
  },
);

test.each([
  [['trakc', 'docswrite', '1'], 'Did you mean track?'],
  [['set-limit', 'docswrite', '1'], 'Did you mean set-limits?'],
  [['track', 'docswrite', '1', '--lable', 'a=b'], 'Did you mean --label?'],
  [['status', 'docswrite', '1', '--addres', 'x:1'], 'Did you mean --address?'],
])('a typing error in %j is answered with the right word', async (argv, hint) => {
  const { exitCode, stderr } = await run(...argv);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(hint)]);
  const asJson = await run(...argv, '--json');
  expect(JSON.stringify(asJson.json())).toContain(hint);
});

describe('a port that was named', () => {
  test.each(['--port', '--ui-port'])('by %s and is in use ends `up` with 2, before anything starts', async (option) => {
    const busy = createServer().listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const { port } = busy.address() as AddressInfo;
    const { exitCode, json } = await run('up', option, String(port), '--json');
    busy.close();
    const message = `${option} ${port} cannot be listened at: EADDRINUSE`;
    expect([exitCode, json()]).toMatchObject([2, { error: { code: 'port-taken', message } }]);
  });

  test('twice is refused', async () => {
    const { exitCode, stderr } = await run('up', '--port', '7999', '--ui-port', '7999');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--port and --ui-port are both 7999')]);
  });
});
