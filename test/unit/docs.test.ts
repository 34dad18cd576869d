import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { settings } from '../../src/config.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const operations = join(root, 'docs/operations.md');
const [BEGIN, END] = ['<!-- settings:begin -->', '<!-- settings:end -->'];
const REGENERATE = 'UPDATE_DOCS=1 npx vitest run test/unit/docs.test.ts';

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`);

function settingsBlock(): string {
  const rows = settings.map(
    ({ name, meaning, default: fallback }) =>
      `| \`${name}\` | ${cell(meaning)} | ${fallback === null ? '–' : `\`${cell(fallback)}\``} |`,
  );
  return [BEGIN, '| name | meaning | default |', '| --- | --- | --- |', ...rows, END].join('\n');
}

test('the table of settings in docs/operations.md is that of the code', () => {
  const text = readFileSync(operations, 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  expect(from, `docs/operations.md has lost its mark ${BEGIN}`).toBeGreaterThan(-1);
  expect(to, `docs/operations.md has lost its mark ${END}`).toBeGreaterThan(from);
  const written = text.slice(from, to + END.length);
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(operations, text.replace(written, settingsBlock));
  else expect(written, `the table is out of date: run ${REGENERATE}`).toBe(settingsBlock());
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

test.each(documents)('what %s links to, or names as a source or test file, exists', (_, path) => {
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
