import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../src/embedded/run.ts';
import { exportedNames } from '../support/exported-names.ts';
import { root } from '../support/marked.ts';
import { scratchFolder } from '../support/scratch.ts';
import { cleanEnv } from './jobtrack.ts';

// Tests the packed package in another project. Its dependencies are links, so no registry is needed.

const NAME = 'durable-job-tracker';
const ENTRIES = {
  '.': 'client',
  './worker': 'worker',
  './provider': 'providers/provider',
  './plugin': 'worker-host/plugin',
  './workflows': 'workflows/library',
  './contract': 'contract/index',
};

let folder: string;

beforeEach(async () => {
  folder = await scratchFolder();
  const packed = await run('npm', ['pack', '--pack-destination', folder], { cwd: root, env: process.env });
  expect(packed.code, packed.stderr).toBe(0);
  const home = join(folder, 'node_modules', NAME);
  await mkdir(home, { recursive: true });
  const archive = join(folder, packed.stdout.trim().split('\n').at(-1) ?? '');
  const unpacked = await run('tar', ['-xzf', archive, '--strip-components=1', '-C', home], { env: process.env });
  expect(unpacked.code, unpacked.stderr).toBe(0);
  const { dependencies } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as { dependencies: object };
  for (const name of [...Object.keys(dependencies), '@types/node']) await link(name);
  await file('package.json', '{ "type": "module" }');
});

async function link(name: string): Promise<void> {
  const path = join(folder, 'node_modules', name);
  await mkdir(dirname(path), { recursive: true });
  await symlink(join(root, 'node_modules', name), path);
}

const file = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);

/** @returns the exports of all entries, each name once */
function entries(): { specifier: string; types: string[]; values: string[] }[] {
  return Object.entries(ENTRIES).map(([entry, path]) => {
    const { types, values } = exportedNames(join(folder, 'node_modules', NAME, 'dist', `${path}.d.ts`));
    return { specifier: NAME + entry.slice(1), types: [...new Set(types)], values: [...new Set(values)] };
  });
}

/** @returns a program that does not compile if an export of ours is `any`, or has an `any` within three steps */
function strictConsumer(): string {
  const checks = entries().flatMap(({ specifier, types, values }, index) => [
    `import type * as api${index} from '${specifier}';`,
    ...types.map((name) => `export const type${index}_${name}: AnyIn<api${index}.${name}> = null;`),
    ...values.map((name) => `export const value${index}_${name}: AnyIn<typeof api${index}.${name}> = null;`),
  ]);
  return `${ANY_IN}\n${checks.join('\n')}\n`;
}

const ANY_IN = `
type IsAny<T> = 0 extends 1 & T ? true : false;
/** The platform's own declarations of these types have an any. */
type Platform = AbortSignal | Date | Headers | URLSearchParams;
type Depth = 0 | 1 | 2 | 3;
type Deeper = [never, 0, 1, 2];
/** The paths to an any within three steps. null: there is none. */
type AnyIn<T> = [Found<T, 3>] extends [never] ? null : Found<T, 3>;
type Found<T, Left extends Depth> =
  IsAny<T> extends true ? 'any' : Left extends 0 ? never
  : T extends readonly (infer Item)[] ? Under<'item', Found<Item, Deeper[Left]>>
  : T extends Platform ? never
  : T extends Promise<infer Value> ? Under<'promised', Found<Value, Deeper[Left]>>
  : T extends abstract new (...given: infer Given) => infer Made
    ? Under<'given', InEach<Given, Deeper[Left]>> | Under<'made', Found<Made, Deeper[Left]>>
  : T extends (...given: infer Given) => infer Answer
    ? Under<'given', InEach<Given, Deeper[Left]>> | Under<'answer', Found<Answer, Deeper[Left]>>
  : T extends object ? InEach<T, Deeper[Left]>
  : never;
type InEach<T, Left extends Depth> = T extends readonly unknown[]
  ? { [Key in keyof T]-?: Found<T[Key], Left> }[number]
  : { [Key in keyof T & string]-?: Under<Key, Found<T[Key], Left>> }[keyof T & string];
type Under<Key extends string, Path> = Path extends string ? \`\${Key}.\${Path}\` : never;
`;

const RESOLUTIONS = {
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'preserve', moduleResolution: 'bundler' },
};

async function compile(resolution: keyof typeof RESOLUTIONS, program: string): Promise<string[]> {
  const compilerOptions = {
    ...RESOLUTIONS[resolution],
    target: 'es2023',
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  };
  await file('tsconfig.json', JSON.stringify({ compilerOptions, files: [program] }));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '--pretty', 'false'], { cwd: folder, env: process.env });
  // Mistakes in foreign declarations, such as the SDK's, are left out.
  return stdout.split('\n').filter((line) => line.startsWith(program) || line.includes(`${NAME}/dist`));
}

describe.each(['nodenext', 'bundler'] as const)('a strict TypeScript consumer that resolves by %s', (resolution) => {
  test('finds no any in the exports of the package, and no mistake in its declarations', async () => {
    expect(entries().map(({ types, values }) => Math.min(types.length, values.length) > 1)).toEqual([
      true,
      true,
      true,
      true,
      true,
      true,
    ]);
    await file('consumer.ts', strictConsumer());
    expect(await compile(resolution, 'consumer.ts')).toEqual([]);
  });

  test('gets an error for wrong code', async () => {
    await file(
      'wrong.ts',
      `import { searchAttributes } from '${NAME}';
import type { JobTracker } from '${NAME}';
export const name: string = searchAttributes.progress.name;
export const state: 'KEYWORD' = searchAttributes.state.type;
export const progress: 'KEYWORD' = searchAttributes.progress.type;
export const track = (tracker: JobTracker) =>
  tracker.track({ provider: 'docswrite', jobId: '1' }, { limits: { totalMs: true } });
`,
    );
    expect((await compile(resolution, 'wrong.ts')).map((line) => /^[\w.]+\((\d+)/.exec(line)?.[1])).toEqual(['5', '7']);
  });
});

test('CommonJS can require each entry', async () => {
  const specifiers = Object.keys(ENTRIES).map((entry) => NAME + entry.slice(1));
  await file(
    'consumer.cjs',
    `console.log(JSON.stringify(${JSON.stringify(specifiers)}.map((name) => Object.keys(require(name)).sort())));`,
  );
  const { stdout, stderr, code } = await run(process.execPath, ['consumer.cjs'], { cwd: folder, env: cleanEnv() });
  expect(code, stderr).toBe(0);
  const expected = entries().map(({ values }) => values.toSorted());
  expect(
    (JSON.parse(stdout) as string[][]).map((keys) => keys.filter((key) => !/^(module\.exports|__esModule)$/.test(key))),
  ).toEqual(expected);
});

test('node dist/worker.js is the program, also if it is run through a link', async () => {
  await symlink(join(folder, 'node_modules', NAME), join(folder, 'linked'));
  const env = cleanEnv({ JOBTRACK_HOLD_MS: 'long' });
  const { code, stderr } = await run(process.execPath, ['linked/dist/worker.js'], { cwd: folder, env });
  expect([code, stderr]).toEqual([2, expect.stringContaining('JOBTRACK_HOLD_MS: must be a whole number')]);
});
