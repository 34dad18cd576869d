import { readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { sourceFilesIn } from './source-files.ts';

/** The imports of each file of a folder, including types: files as paths relative to the folder, and packages by name. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g;

export function importGraph(folder: string): ImportGraph {
  return new Map(sourceFilesIn(folder).map((file) => [file, importsOf(join(folder, file), file)]));
}

function importsOf(path: string, file: string): string[] {
  const found = readFileSync(path, 'utf8').matchAll(IMPORT);
  return [...found].map(([, target = '']) => (target.startsWith('.') ? posix.join(dirname(file), target) : target));
}

/** @returns these files, and all files and packages that they import, directly or through others */
export function reachableFrom(graph: ImportGraph, files: readonly string[]): Set<string> {
  const reached = new Set(files);
  for (const file of reached) for (const next of graph.get(file) ?? []) reached.add(next);
  return reached;
}

/** @returns the groups of files that import each other in a cycle; each group once */
export function cyclesIn(graph: ImportGraph): string[][] {
  const within = new Map([...graph].map(([file, imports]) => [file, reachableFrom(graph, imports)]));
  const cycleOf = (file: string): string[] =>
    [...graph.keys()].filter((other) => within.get(file)?.has(other) === true && within.get(other)?.has(file) === true);
  const cycles = [...graph.keys()].map(cycleOf).filter((cycle) => cycle.length > 0);
  return [...new Map(cycles.map((cycle) => [cycle.join(), cycle])).values()];
}
