import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { cyclesIn, type ImportGraph, importGraph, reachableFrom } from '../support/import-graph.ts';
import { root } from '../support/marked.ts';

const graph = importGraph(join(root, 'src'));

test('no files import each other in a circle, also not by imports of types', () => {
  expect(cyclesIn(graph)).toEqual([]);
});

test('a circle of three files is found', () => {
  const circle: ImportGraph = new Map([
    ['a.ts', ['b.ts']],
    ['b.ts', ['c.ts', 'd.ts']],
    ['c.ts', ['a.ts']],
    ['d.ts', []],
  ]);
  expect(cyclesIn(circle)).toEqual([['a.ts', 'b.ts', 'c.ts']]);
});

test('no module of the package has a top-level await, so a CommonJS program can require it', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, { default: string }>;
  };
  const entries = Object.values(exports).map((entry) => entry.default.replace(/^\.\/dist\/(.*)\.js$/, '$1.ts'));
  const loaded = [...reachableFrom(graph, entries)].filter((name) => name.endsWith('.ts'));
  expect(loaded.length).toBeGreaterThan(100);
  const waiting = loaded.filter((file) =>
    /^(?:await |(?:export )?(?:const|let) .* = await |for await )/m.test(readFileSync(join(root, 'src', file), 'utf8')),
  );
  expect(waiting).toEqual([]);
});

test('src has only its two entries and folders, and no folder has the same name as a file next to it or in it', () => {
  const files = [...graph.keys()];
  expect(files.filter((file) => !file.includes('/'))).toEqual(['client.ts', 'worker.ts']);
  const folders = new Set(files.map((file) => dirname(file)).filter((folder) => folder !== '.'));
  const namesakes = [...folders].filter(
    (folder) => graph.has(`${folder}.ts`) || graph.has(`${folder}/${basename(folder)}.ts`),
  );
  expect(namesakes).toEqual([]);
});
