import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../../../src/embedded/run.ts';
import { root } from '../../support/marked.ts';

// Every program: the files that package.json runs, and the files that await something or read the command line outside a function.
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const sourceOf = (file: string): string => file.replace(/^dist\//, 'src/').replace(/^(src\/.*)\.js$/, '$1.ts');
const ofScripts = Object.values(scripts)
  .flatMap((script) => [...script.matchAll(/(?:tsx|node) (\S+)/g)])
  .map(([, file = '']) => sourceOf(file));
const RUNS = /^(?:await |(?:const|let) .* = await )|process\.argv|process\.exitCode =|^programLine\(/m;
const NO_PROGRAM = /\.test\.ts$|^test\/support\/fixtures\//;
const found = ['src', 'bench', 'test']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
  )
  .filter((file) => /\.(?:ts|mjs)$/.test(file))
  .filter((file) => !NO_PROGRAM.test(file))
  .filter((file) => RUNS.test(readFileSync(join(root, file), 'utf8')));
const programs = [...new Set([...ofScripts, ...found])]
  .filter((file) => file !== 'src/process/program-line.ts')
  .toSorted((a, b) => a.localeCompare(b));

async function ended(file: string, option: string): Promise<{ code: number; stdout: string; stderr: string }> {
  return run(process.execPath, ['--import', 'tsx', file, option], { cwd: root, timeoutMs: 100_000 });
}

test('the programs of the repository are found', () => {
  expect(programs.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  expect(programs).toEqual(
    expect.arrayContaining(['bench/main.ts', 'bench/replacement.ts', 'src/worker.ts', 'test/chaos/main.ts']),
  );
});

test.each(programs.filter((file) => file !== 'bench/live/worker.mjs'))(
  '%s says by --help what it does, and refuses with exit code 2 an option that it does not have',
  async (file) => {
    const [help, nonsense] = await Promise.all([ended(file, '--help'), ended(file, '--nonsense')]);
    expect([help.code, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toMatch(/^Usage: .+\n\n\S.+\n[\s\S]*-h, --help/);
    expect([nonsense.code, nonsense.stdout]).toEqual([2, '']);
    expect(nonsense.stderr.split('\n')[0]).toBe("error: unknown option '--nonsense'");
  },
);

test('the worker of the benchmarks, which needs the build, names what the build has', () => {
  const text = readFileSync(join(root, 'bench/live/worker.mjs'), 'utf8');
  const imports = [...text.matchAll(/const \{ (.+) \} = await import\(new URL\('(.+)\.js', dist\)\)/g)];
  const lost = imports.flatMap(([, names = '', file = '']) => {
    const source = readFileSync(join(root, 'src', `${file}.ts`), 'utf8');
    return names.split(', ').filter((name) => !new RegExp(`export (async )?function ${name}\\b`).test(source));
  });
  expect([imports.length, lost]).toEqual([3, []]);
});
