import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { settings } from '../../src/config/settings.ts';
import { isUpdatingDocs, markedIn, root } from '../support/marked.ts';
import { transitionTables } from '../support/transitions.ts';

const REGENERATE = 'UPDATE_DOCS=1 npx vitest run test/unit/docs.test.ts';

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`);

function settingsTable(): string {
  const rows = settings.map(
    ({ name, meaning, default: fallback }) =>
      `| \`${name}\` | ${cell(meaning)} | ${fallback === undefined ? '–' : `\`${cell(fallback)}\``} |`,
  );
  return ['| name | meaning | default |', '| --- | --- | --- |', ...rows].join('\n');
}

/** @returns a sample program as a code block; other tests run its file */
const sample = (name: string): string =>
  [`\`\`\`${LANGUAGES[extname(name)]}`, readFileSync(join(root, 'examples', name), 'utf8').trim(), '```'].join('\n');

const LANGUAGES: Readonly<Record<string, string>> = { '.ts': 'ts', '.cjs': 'js', '.py': 'python' };

test.each([
  ['track.ts', 'README.md'],
  ['printshop.ts', 'docs/providers.md'],
  ['worker.ts', 'docs/providers.md'],
  ['track-printshop.ts', 'docs/providers.md'],
  ['accounts-of-a-vault.ts', 'docs/operations.md'],
  ['own-workflows.ts', 'docs/guide.md'],
  ['own-worker.ts', 'docs/guide.md'],
  ['publish-book.ts', 'docs/guide.md'],
  ['nexus-caller.ts', 'docs/guide.md'],
  ['call-by-nexus.ts', 'docs/guide.md'],
  ['cancel-late.cjs', 'docs/guide.md'],
  ['track.py', 'docs/guide.md'],
])('the sample %s in %s is the same as the file in examples', (name, file) => {
  const marked = markedIn(file, name);
  if (isUpdatingDocs) marked.write(sample(name));
  else expect(marked.text, `the sample is out of date: run ${REGENERATE}`).toBe(sample(name));
});

test('each file of examples stands in a document', () => {
  const files = readdirSync(join(root, 'examples'));
  const texts = documents.map(([, path]) => readFileSync(path, 'utf8')).join('\n');
  expect(files.filter((name) => !texts.includes(`<!-- ${name}:begin -->`))).toEqual([]);
});

test.each([
  ['settings', 'docs/operations.md', settingsTable],
  ['transitions', 'docs/design.md', transitionTables],
])('the table of %s in %s is the same as in the code', (name, file, tableOf) => {
  const marked = markedIn(file, name);
  if (isUpdatingDocs) marked.write(tableOf());
  else expect(marked.text, `the table is out of date: run ${REGENERATE}`).toBe(tableOf());
});

const folder = (name: string): string[] =>
  readdirSync(join(root, name))
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(root, name, file));

const documents = [...folder('.'), ...folder('docs')].map((path) => [relative(root, path), path] as const);

const slugOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');

function headingsOf(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slugOf(heading));
}

test.each(documents)('the links of %s, and the source and test files that it names, exist', (_, path) => {
  const text = readFileSync(path, 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
  const named = [...text.matchAll(/`((?:src|test)\/[\w./-]+\.ts)`/g)].map(([, target = '']) => join(root, target));
  const targets = links.map(([, target = '', heading]) => ({
    file: target === '' ? path : join(dirname(path), target),
    heading,
  }));
  const lostFiles = [...named, ...targets.map(({ file }) => file)].filter((file) => !existsSync(file));
  const lostHeadings = targets.filter(
    ({ file, heading }) => heading !== undefined && existsSync(file) && !headingsOf(file).includes(heading),
  );
  expect([...lostFiles, ...lostHeadings.map(({ file, heading }) => `${file}#${heading}`)]).toEqual([]);
});

test.each(documents)('each script in %s that prints JSON runs without the lines that npm prints before', (_, path) => {
  const shown = readFileSync(path, 'utf8').match(/\bnpm run [^`\n|]*--json/g) ?? [];
  expect(shown.filter((command) => !/^npm run (?:-s|--silent) /.test(command))).toEqual([]);
});

test("the README's command for the demo's JSON is silent", () => {
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain('`npm run -s demo -- --json`');
});
