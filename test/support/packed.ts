import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { run } from '../../src/embedded/run.ts';
import { exportedNames } from './exported-names.ts';
import { root } from './marked.ts';
import { typescript5 } from './npm-tools.ts';

export const PACKAGE = 'durable-job-tracker';

/** The entries of the package, with the module of each. */
export const ENTRIES = {
  '.': 'client',
  './worker': 'worker',
  './provider': 'providers/provider',
  './plugin': 'worker-host/plugin',
  './workflows': 'workflows/library',
  './contract': 'contract/index',
};

interface Manifest {
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional?: boolean }>;
}

/** Another project that has the packed package. */
export interface Consumer {
  folder: string;
  /** The packed package. */
  archive: string;
  file: (name: string, text: string) => Promise<void>;
  /** Deletes the folder. */
  remove: () => Promise<void>;
}

/**
 * Packs the package, and unpacks it in another project. Its dependencies are links, so no registry is needed.
 * @param parts `client`: without the packages that only a worker needs, as npm installs it if nothing else is named. Both are without
 * the package for traces
 */
export async function consumerOf(parts: 'client' | 'worker'): Promise<Consumer> {
  const folder = await mkdtemp(join(tmpdir(), 'jobtrack-consumer-'));
  const packed = await run('npm', ['pack', '--pack-destination', folder], { cwd: root, env: process.env });
  expect(packed.code, packed.stderr).toBe(0);
  const home = join(folder, 'node_modules', PACKAGE);
  await mkdir(home, { recursive: true });
  const archive = join(folder, packed.stdout.trim().split('\n').at(-1) ?? '');
  const unpacked = await run('tar', ['-xzf', archive, '--strip-components=1', '-C', home], { env: process.env });
  expect(unpacked.code, unpacked.stderr).toBe(0);
  const manifest = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as Manifest;
  const { dependencies, peerDependencies: peers, peerDependenciesMeta: meta } = manifest;
  const ofWorker = (name: string): boolean => parts === 'worker' && name.startsWith('@temporalio/');
  const installed = Object.keys(peers).filter((name) => ofWorker(name) || meta[name]?.optional !== true);
  for (const name of [...Object.keys(dependencies), ...installed, '@types/node']) await link(folder, name);
  const file = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  await file('package.json', '{ "type": "module" }');
  return { folder, archive, file, remove: () => rm(folder, { recursive: true }) };
}

async function link(folder: string, name: string): Promise<void> {
  const path = join(folder, 'node_modules', name);
  await mkdir(dirname(path), { recursive: true });
  await symlink(join(root, 'node_modules', name), path);
}

/** The exports of one entry, each name once. */
export interface Entry {
  specifier: string;
  types: string[];
  values: string[];
}

/** @returns the exports of these entries, or of all */
export function entriesOf({ folder }: Consumer, only: readonly string[] = Object.keys(ENTRIES)): Entry[] {
  const chosen = Object.entries(ENTRIES).filter(([entry]) => only.includes(entry));
  return chosen.map(([entry, path]) => {
    const { types, values } = exportedNames(join(folder, 'node_modules', PACKAGE, 'dist', `${path}.d.ts`));
    return { specifier: PACKAGE + entry.slice(1), types: [...new Set(types)], values: [...new Set(values)] };
  });
}

const RESOLUTIONS = {
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'preserve', moduleResolution: 'bundler' },
};

export type Resolution = keyof typeof RESOLUTIONS;

/** The major version of TypeScript. 7 is the one of this repository. */
export type Compiler = 5 | 7;

/**
 * Compiles files of the consumer under `strict`, without `skipLibCheck`.
 * @returns the errors in the files, and in the declarations of the package. Those in foreign declarations, such as the SDK's, are left out
 */
export async function compile(
  { folder, file }: Consumer,
  programs: readonly string[],
  by: { resolution: Resolution; compiler?: Compiler },
): Promise<string[]> {
  const fixed = { target: 'es2023', types: ['node'], strict: true, noEmit: true, skipLibCheck: false };
  const compilerOptions = { ...RESOLUTIONS[by.resolution], ...fixed };
  await file('tsconfig.json', JSON.stringify({ compilerOptions, files: programs }));
  const tsc = by.compiler === 5 ? await typescript5() : join(root, 'node_modules/typescript/bin/tsc');
  const { stdout, stderr } = await run(process.execPath, [tsc, '--pretty', 'false'], { cwd: folder, env: process.env });
  expect(stderr).toBe('');
  const ours = [...programs, `node_modules/${PACKAGE}/`];
  return stdout.split('\n').filter((line) => ours.some((path) => line.startsWith(path)));
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

/** @returns a program that does not compile if an export of ours is `any`, or has an `any` within three steps */
export function strictConsumer(entries: readonly Entry[]): string {
  const checks = entries.flatMap(({ specifier, types, values }, index) => [
    `import type * as api${index} from '${specifier}';`,
    ...types.map((name) => `export const type${index}_${name}: AnyIn<api${index}.${name}> = null;`),
    ...values.map((name) => `export const value${index}_${name}: AnyIn<typeof api${index}.${name}> = null;`),
  ]);
  return `${ANY_IN}\n${checks.join('\n')}\n`;
}
