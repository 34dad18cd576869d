import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LAYERS, layersConfig, layersTable } from '../../lint/layers.ts';
import { run } from '../../src/embedded/run.ts';
import { isUpdatingDocs, markedIn, root } from '../support/marked.ts';
import { scratchFolder } from '../support/scratch.ts';

const REGENERATE = 'UPDATE_DOCS=1 npx vitest run test/unit/layers.test.ts';
const CONFIG = join(root, 'lint/layers.json');

test('the import rules of the linter are the same as the table of layers', () => {
  const made = `${JSON.stringify(layersConfig(), null, 2)}\n`;
  if (isUpdatingDocs) writeFileSync(CONFIG, made);
  else expect(JSON.parse(readFileSync(CONFIG, 'utf8')), `out of date: run ${REGENERATE}`).toEqual(layersConfig());
});

test('the table in AGENTS.md is the same as the table of layers', () => {
  const marked = markedIn('AGENTS.md', 'layers');
  if (isUpdatingDocs) marked.write(layersTable());
  else expect(marked.text, `out of date: run ${REGENERATE}`).toBe(layersTable());
});

interface Probe {
  layer: string;
  line: string;
}

const values = (path: string): string => `import { x } from '../${path}';\nconsole.log(x);`;
const types = (path: string): string => `import type { X } from '../${path}';\nexport type Y = X;`;
const folders = LAYERS.filter(({ name }) => !name.endsWith('.ts'));

/** @returns a file of a layer that is not one of the allowed single files */
function somethingOf(name: string): string {
  if (name.endsWith('.ts')) return name;
  const single = LAYERS.flatMap(({ files = [] }) => files);
  const files = readdirSync(join(root, 'src', name)).map((file) => `${name}/${file}`);
  return files.find((file) => file.endsWith('.ts') && !single.includes(file)) ?? expect.unreachable(name);
}

/** Each import between two layers, of values and of types, and imports of packages. */
const probes = folders.flatMap(({ name: layer }): Probe[] => [
  ...LAYERS.filter(({ name }) => name !== layer).flatMap(({ name }) => [
    { layer, line: values(somethingOf(name)) },
    { layer, line: types(somethingOf(name)) },
  ]),
  ...LAYERS.flatMap(({ files = [] }) => files.map((file) => ({ layer, line: values(file) }))).filter(
    ({ line }) => !line.includes(`/${layer}/`),
  ),
  ...['cli/main.ts', 'worker.ts'].map((path) => ({ layer, line: types(path) })),
  ...['got', 'node:fs', '@temporalio/client', '@temporalio/testing', 'lodash'].map((name) => ({
    layer,
    line: `import { x } from '${name}';\nconsole.log(x);`,
  })),
]);

function isAllowed({ layer, line }: Probe): boolean {
  const row = LAYERS.find(({ name }) => name === layer);
  const from = /from '(.+)'/.exec(line)?.[1] ?? '';
  if (!from.startsWith('../')) return row?.packages.includes(from.startsWith('node:') ? 'node' : from) ?? false;
  if (row?.files?.includes(from.slice('../'.length)) === true) return true;
  const [target = ''] = from.slice('../'.length).split('/');
  const hasTypes = row?.types?.includes(target) ?? false;
  return (row?.uses.includes(target) ?? false) || (hasTypes && line.startsWith('import type'));
}

/** @returns the numbers of the probes that the linter refuses by a rule with this name */
async function refusedOf(all: readonly Probe[], rule: RegExp): Promise<Set<number>> {
  const folder = await scratchFolder();
  cpSync(CONFIG, join(folder, 'lint/layers.json'));
  const config = { extends: ['./lint/layers.json'], plugins: ['typescript'], categories: { correctness: 'off' } };
  writeFileSync(join(folder, '.oxlintrc.json'), JSON.stringify(config));
  all.forEach(({ layer, line }, n) => {
    mkdirSync(join(folder, 'src', layer), { recursive: true });
    writeFileSync(join(folder, 'src', layer, `probe-${n}.ts`), `${line}\n`);
  });
  const command = join(root, 'node_modules/.bin/oxlint');
  const { stdout } = await run(command, ['--format', 'json'], { cwd: folder, timeoutMs: 120_000 });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { filename: string; code: string }[] };
  const found = diagnostics.filter(({ code }) => rule.test(code));
  return new Set(found.map(({ filename }) => Number(/probe-(\d+)/.exec(filename)?.[1])));
}

test('the linter refuses each import between layers that the table does not allow, and no other', async () => {
  const refused = await refusedOf(probes, /no-restricted-imports/);
  const said = (kept: (probe: Probe, n: number) => boolean): string[] =>
    probes.filter(kept).map(({ layer, line }) => `${layer}: ${line.split('\n')[0]}`);
  expect(refused.size).toBeGreaterThan(100);
  expect(said((_, n) => !refused.has(n))).toEqual(said((probe) => isAllowed(probe)));
}, 150_000);

test('the pure layers may use no clock, randomness, environment or I/O', async () => {
  const uses = ['Date.now()', 'Math.random()', 'process.env', "fetch('')", 'performance.now()', '(1).toLocaleString()'];
  const places = folders.flatMap(({ name, pure }) =>
    uses.map((use) => ({ layer: name, line: `export const x = ${use};`, pure: pure === true })),
  );
  const refused = await refusedOf(places, /no-restricted-(globals|properties)/);
  expect(places.filter((_, n) => refused.has(n))).toEqual(places.filter(({ pure }) => pure));
}, 150_000);
