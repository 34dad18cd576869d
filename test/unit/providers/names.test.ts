import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BUILT_IN_PROVIDERS } from '../../../src/providers/registry/adapters.ts';
import { PROVIDERS } from '../../../src/providers/registry/traits.ts';
import { importGraph, reachableFrom } from '../../support/import-graph.ts';
import { root } from '../../support/marked.ts';
import { sourceFilesIn } from '../../support/source-files.ts';

const SRC = join(root, 'src');
const services = readdirSync(join(SRC, 'providers')).filter((name) =>
  existsSync(join(SRC, 'providers', name, 'adapter.ts')),
);

/** The files that may name services, and why. */
const PLACES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(services.map((name) => [`providers/${name}/`, 'all that is said of the service'])),
  'providers/registry/': 'the list of the services',
  'simulators/': 'simulations of these services; they share nothing with the adapters',
  'cli/playground/simulators.ts': 'starts the simulated services',
  'cli/commands/playground.ts': 'takes the ports of the simulated services',
  'cli/demo/': 'a play with the simulated services',
};

const sources = sourceFilesIn(SRC).map((file) => ({ file, text: readFileSync(join(SRC, file), 'utf8') }));

test('each service is a folder with traits and an adapter, and a line in both tables of the registry', () => {
  expect(services.length).toBeGreaterThan(1);
  expect(PROVIDERS.map(({ name }) => name).toSorted()).toEqual(services.toSorted());
  expect(BUILT_IN_PROVIDERS.map(({ traits }) => traits)).toEqual(PROVIDERS);
});

test('no other file names a service, or a parameter or error code of one', () => {
  const parameters = PROVIDERS.flatMap((traits) => traits.parameters.map(({ name }) => name));
  const codes = BUILT_IN_PROVIDERS.flatMap(({ errorCodes = {} }) => Object.keys(errorCodes));
  const named = new RegExp(String.raw`${services.join('|')}|\b(?:${[...parameters, ...codes].join('|')})\b`, 'i');
  const found = sources.filter(({ text }) => named.test(text)).map(({ file }) => file);
  expect(found.filter((file) => !Object.keys(PLACES).some((place) => file.startsWith(place)))).toEqual([]);
  expect(Object.keys(PLACES).filter((place) => !found.some((file) => file.startsWith(place)))).toEqual([]);
});

const graph = importGraph(SRC);

test.each(['traits.ts', 'job-types.ts'])('the %s of the registry loads only the contract and the traits', (name) => {
  const loaded = [...reachableFrom(graph, [`providers/registry/${name}`])];
  expect(loaded.length).toBeGreaterThan(services.length);
  const isPure = (file: string): boolean => /^(contract\/.*|providers\/[\w-]+\/(traits|job-types)\.ts)$/.test(file);
  expect(loaded.filter((file) => !isPure(file))).toEqual([]);
});
