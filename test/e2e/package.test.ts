import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/embedded/run.ts';
import { root } from '../support/marked.ts';
import {
  compile,
  type Compiler,
  type Consumer,
  consumerOf,
  ENTRIES,
  entriesOf,
  PACKAGE,
  strictConsumer,
} from '../support/packed.ts';
import { cleanEnv } from './jobtrack.ts';

// Tests the packed package in another project, which has the packages of a worker.

let consumer: Consumer;

beforeAll(async () => {
  consumer = await consumerOf('worker');
});

afterAll(() => consumer.remove());

describe.each(['nodenext', 'bundler'] as const)('a strict TypeScript consumer that resolves by %s', (resolution) => {
  test('finds no any in the exports of the package, and no mistake in its declarations', async () => {
    const entries = entriesOf(consumer);
    expect(entries.map(({ types, values }) => Math.min(types.length, values.length) > 1)).toEqual(
      Object.keys(ENTRIES).map(() => true),
    );
    await consumer.file('consumer.ts', strictConsumer(entries));
    expect(await compile(consumer, ['consumer.ts'], { resolution })).toEqual([]);
  });

  test('gets an error for wrong code', async () => {
    await consumer.file(
      'wrong.ts',
      `import { searchAttributes } from '${PACKAGE}';
import type { JobTracker } from '${PACKAGE}';
export const name: string = searchAttributes.progress.name;
export const state: 'KEYWORD' = searchAttributes.state.type;
export const progress: 'KEYWORD' = searchAttributes.progress.type;
export const track = (tracker: JobTracker) =>
  tracker.track({ provider: 'docswrite', jobId: '1' }, { limits: { totalMs: true } });
`,
    );
    const errors = await compile(consumer, ['wrong.ts'], { resolution });
    expect(errors.map((line) => /^[\w.]+\((\d+)/.exec(line)?.[1])).toEqual(['5', '7']);
  });
});

test.each<[Compiler]>([[5], [7]])(
  'TypeScript %i compiles a program of ES modules, and one of CommonJS',
  async (compiler) => {
    const uses = entriesOf(consumer).map(
      ({ specifier, values: [name] }, index) =>
        `import { ${name} as value${index} } from '${specifier}';\nexport const kept${index}: string | number | object = value${index};`,
    );
    const programs = ['consumer.mts', 'consumer.cts'];
    for (const program of programs)
      await consumer.file(program, `${uses.join('\n')}\nexport const no: never = value0;\n`);
    const errors = await compile(consumer, programs, { resolution: 'nodenext', compiler });
    // Only the line that is wrong on purpose.
    expect(errors.map((line) => line.slice(0, line.indexOf(':', 30))).toSorted()).toEqual(
      programs.map((program) => `${program}(13,14): error TS2322`).toSorted(),
    );
  },
);

const CHECKERS: [name: string, args: string[]][] = [
  ['publint', ['run', '--strict']],
  // The package has only ES modules, which every Node that it supports can also require. The tool does not know this yet: it calls that
  // `cjs-resolves-to-esm`. The profile leaves out the resolution of Node 10, which knows no `exports`.
  ['attw', ['--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm', '--no-emoji']],
];

test.each(CHECKERS)('%s finds no mistake in the packed package', async (name, args) => {
  const checker = join(root, 'node_modules/.bin', name);
  const { code, stdout, stderr } = await run(checker, [...args, consumer.archive], { cwd: root, env: process.env });
  expect(code, stdout + stderr).toBe(0);
});

test('the package has no source maps, no program that only builds it, and no second bundle', async () => {
  const { stdout } = await run('tar', ['-tzf', consumer.archive], { env: process.env });
  const files = stdout.trim().split('\n');
  expect(files.length).toBeGreaterThan(500);
  expect(files.filter((file) => /\.map$|bundle-program|\/src\/|\/test\//.test(file))).toEqual([]);
  expect(files.filter((file) => file.includes('workflow-bundle'))).toHaveLength(1);
});

test('CommonJS can require each entry', async () => {
  const entries = entriesOf(consumer);
  const specifiers = entries.map(({ specifier }) => specifier);
  await consumer.file(
    'consumer.cjs',
    `console.log(JSON.stringify(${JSON.stringify(specifiers)}.map((name) => Object.keys(require(name)).sort())));`,
  );
  const options = { cwd: consumer.folder, env: cleanEnv() };
  const { stdout, stderr, code } = await run(process.execPath, ['consumer.cjs'], options);
  expect(code, stderr).toBe(0);
  expect(
    (JSON.parse(stdout) as string[][]).map((keys) => keys.filter((key) => !/^(module\.exports|__esModule)$/.test(key))),
  ).toEqual(entries.map(({ values }) => values.toSorted()));
});

test('node dist/worker.js is the program, also if it is run through a link', async () => {
  const { folder } = consumer;
  await symlink(join(folder, 'node_modules', PACKAGE), join(folder, 'linked'));
  const env = cleanEnv({ JOBTRACK_HOLD_MS: 'long' });
  const { code, stderr } = await run(process.execPath, ['linked/dist/worker.js'], { cwd: folder, env });
  expect([code, stderr]).toEqual([2, expect.stringContaining('JOBTRACK_HOLD_MS: must be a whole number')]);
});

test.each([
  ['node dist/worker.js', ['worker.js']],
  ['jobtrack track', ['cli/main.js', 'track', 'docswrite', '1']],
])('%s with traces says which package is missing', async (_, [program = '', ...args]) => {
  const env = cleanEnv({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  const script = join('node_modules', PACKAGE, 'dist', program);
  const { code, stderr } = await run(process.execPath, [script, ...args], { cwd: consumer.folder, env });
  expect(code).toBe(2);
  expect(stderr).toContain(
    'OTEL_EXPORTER_OTLP_ENDPOINT: switches traces on, but a package is missing: run `npm install @opentelemetry/sdk-node@0.223`, or set OTEL_SDK_DISABLED=true',
  );
});
