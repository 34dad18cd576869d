import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/** For each file of a folder the files of the same folder that it imports, types included; paths are relative to the folder. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*'(\.{1,2}\/[^']+\.ts)'/g;

export function importGraph(folder: string): ImportGraph {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return new Map(files.toSorted().map((file) => [file, importsOf(join(folder, file), file)]));
}

function importsOf(path: string, file: string): string[] {
  const found = readFileSync(path, 'utf8').matchAll(IMPORT);
  return [...found].map(([, target = '']) => posix.join(dirname(file), target));
}

/** @returns the files that these import, and the files themselves */
export function reachableFrom(graph: ImportGraph, files: readonly string[]): Set<string> {
  const reached = new Set(files);
  for (const file of reached) for (const next of graph.get(file) ?? []) reached.add(next);
  return reached;
}

/** @returns the groups of files that import each other, each once */
export function cyclesIn(graph: ImportGraph): string[][] {
  const within = new Map([...graph].map(([file, imports]) => [file, reachableFrom(graph, imports)]));
  const cycleOf = (file: string): string[] =>
    [...graph.keys()].filter((other) => within.get(file)?.has(other) === true && within.get(other)?.has(file) === true);
  const cycles = [...graph.keys()].map(cycleOf).filter((cycle) => cycle.length > 0);
  return [...new Map(cycles.map((cycle) => [cycle.join(), cycle])).values()];
}
