import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { run } from '../../src/embedded/run.ts';
import { root } from '../support/marked.ts';
import { commandsOf, snippetsOf } from '../support/snippets.ts';

// Checks that each command in the documents, in a block or in a sentence, exists in its tool, with all its options.

const DOCUMENTS = ['.', 'docs', 'deploy', 'test', 'bench'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

interface Shown {
  file: string;
  command: string;
}

/** @returns all uses of this tool in the documents: the words after its name, without quoted ones */
function shown(tool: string): Shown[] {
  const pattern = new RegExp(String.raw`(?:^|[|;&(] *|xargs \S+ |\$ )${tool} ([^|;&)]+)`, 'g');
  return DOCUMENTS.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const inline = [...text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(
      ([, span = '']) => span,
    );
    const blocks = snippetsOf(file).filter(({ language }) => ['sh', 'text'].includes(language));
    return [...inline, ...blocks.flatMap((block) => commandsOf(block.text))]
      .map((line) => line.replaceAll(/'[^']*'|"[^"]*"/g, 'quoted'))
      .flatMap((line) => [...line.matchAll(pattern)])
      .map(([, command = '']) => ({ file, command: command.trim() }));
  });
}

interface Words {
  path: string[];
  options: string[];
}

/** Splits a command. The words of sub-commands come first, then arguments and options. */
function wordsOf(command: string): Words {
  const words = command.split(/\s+/);
  const end = words.findIndex((word) => !/^[a-z][a-z-]*$/.test(word));
  return {
    path: end === -1 ? words : words.slice(0, end),
    options: words.filter((word) => /^--?[a-z]/i.test(word)).map((word) => word.replace(/=.*/, '')),
  };
}

type Help = (path: readonly string[]) => Promise<string>;

/** @returns the mistakes in the commands: a command that the tool does not have, or an option that its help does not name */
async function wrongAmong(
  commands: readonly Shown[],
  depthOf: (path: string[]) => number,
  help: Help,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const { file, command } of commands) {
    const { path, options } = wordsOf(command);
    const known = await help(path.slice(0, depthOf(path)));
    const lacking = options.filter((option) => !new RegExp(String.raw`(?<![\w-])${option}(?![\w-])`).test(known));
    if (known === '' || lacking.length > 0) wrong.push(`${file}: ${command} (${lacking.join(' ')})`);
  }
  return wrong;
}

function helpOf(program: string, prefix: readonly string[], usage: (path: readonly string[]) => string): Help {
  const known = new Map<string, Promise<string>>();
  const ask = async (path: readonly string[]): Promise<string> => {
    const { stdout } = await run(program, [...prefix, ...path, '--help'], { cwd: root, env: process.env });
    return stdout.includes(usage(path)) ? stdout : '';
  };
  return (path) => {
    const key = path.join(' ');
    if (!known.has(key)) known.set(key, ask(path));
    return known.get(key) ?? Promise.resolve('');
  };
}

describe('the documents', () => {
  let temporal: Help;
  let jobtrack: Help;

  beforeAll(() => {
    temporal = helpOf(inject('temporalExecutable'), [], (path) => `\n  temporal ${path.join(' ')} [`);
    const source = ['--import', 'tsx', 'src/cli/main.ts'];
    jobtrack = helpOf(process.execPath, source, (path) => `Usage: ${['jobtrack', ...path].join(' ')}`);
  });

  test('name only sub-commands and options that `temporal` has', async () => {
    const commands = shown('temporal').filter(({ command }) => !command.startsWith('cloud ')); // `temporal cloud` is a separate extension
    expect(commands.length).toBeGreaterThan(20);
    expect(await wrongAmong(commands, (path) => path.length, temporal)).toEqual([]);
  });

  test('name only commands and options that `jobtrack` has', async () => {
    const commands = shown('jobtrack');
    expect(commands.length).toBeGreaterThan(20);
    expect(await wrongAmong(commands, () => 1, jobtrack)).toEqual([]);
  });

  test('name only scripts of package.json', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const names = shown('npm run').map(({ command }) => command.replace(/^-s /, '').split(' ')[0] ?? '');
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});
