import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Which folder may import what. The lint configuration (layers.json) and the table in AGENTS.md are made of it. */
interface Layer {
  /** A folder of `src`, or an entry file there. */
  readonly name: string;
  /** Layers whose values and types it uses. */
  readonly uses: readonly string[];
  /** Layers of which it uses types alone. */
  readonly types?: readonly string[];
  /** Single files of other layers, as `<folder>/<file>`. */
  readonly files?: readonly string[];
  /** Packages; `node`: the modules of Node. */
  readonly packages: readonly string[];
  /** No clock, randomness, environment or I/O: what it needs of them is an argument. */
  readonly pure?: true;
}

/** What callers and the configuration know of the services; the adapters, with their HTTP client, are not loaded. */
const TRAITS = 'providers/registry/traits.ts';

/** Composition roots combine everything: they have no row. */
export const LAYERS: readonly Layer[] = [
  { name: 'contract', uses: [], packages: [], pure: true },
  { name: 'tracking', uses: ['contract'], files: ['polling/memory.ts'], packages: [], pure: true },
  { name: 'polling', uses: ['contract'], packages: [], pure: true },
  {
    name: 'workflows',
    uses: ['contract', 'tracking'],
    types: ['activities', 'polling'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
  },
  {
    name: 'activities',
    uses: ['contract', 'polling'],
    types: ['providers'],
    packages: ['@temporalio/activity', '@temporalio/client', '@temporalio/common'],
  },
  { name: 'providers', uses: ['contract'], types: ['config'], packages: ['got', 'hpagent', 'node', 'zod'] },
  {
    name: 'client-library',
    uses: ['contract'],
    types: ['polling', 'workflows'],
    files: ['config/pasted.ts', 'config/proxy.ts', TRAITS],
    packages: ['@temporalio/client', 'node'],
  },
  {
    name: 'client.ts',
    uses: ['contract', 'client-library'],
    files: ['providers/registry/job-types.ts'],
    packages: [],
  },
  { name: 'config', uses: ['contract'], files: [TRAITS], packages: ['@temporalio/envconfig', 'node', 'zod'] },
  {
    name: 'process',
    uses: ['contract', 'config'],
    files: ['providers/http/mask.ts'],
    packages: ['@temporalio/worker', 'commander', 'node', 'pino'],
  },
  { name: 'simulators', uses: [], packages: ['@hono/node-server', 'hono', 'node'] },
  { name: 'embedded', uses: [], files: ['process/clean-up.ts'], packages: ['@temporalio/client', 'got', 'node'] },
];

const ROOTS = ['cli', 'worker-host', 'worker.ts'];

const escaped = (text: string): string => text.replaceAll('.', String.raw`\.`);

/**
 * Matches an import of these layers from anywhere. A path pattern would not match one that begins with `..`, and the linter's regular
 * expressions have no exceptions: a layer of which single files may be used is written as all its other files.
 */
function pathsOf(names: readonly string[], but: readonly string[] = []): string {
  const all = names.flatMap((name) => {
    if (name.endsWith('.ts')) return [`${escaped(name)}$`];
    if (!but.some((file) => file.startsWith(`${name}/`))) return [`${name}/`];
    return filesOf(name)
      .filter((file) => !but.includes(file))
      .map((file) => `${escaped(file)}$`);
  });
  return String.raw`^\.{1,2}/(.*/)?(${all.join('|')})`;
}

function filesOf(layer: string): string[] {
  const folder = join(import.meta.dirname, '../src', layer);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${layer}/${file}`)
    .toSorted();
}

const NODE = ['!node:*', '!node:*/*'];

const packagesOf = ({ packages }: Layer): string[] =>
  packages.flatMap((name) => (name === 'node' ? NODE : [`!${name}`, `!${name}/*`]));

const IMPURE_GLOBALS = [
  'Date',
  'process',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'crypto',
  'performance',
  'console',
  'Intl',
  'globalThis',
];

const PURITY = {
  'no-restricted-globals': ['error', ...IMPURE_GLOBALS],
  'no-restricted-properties': [
    'error',
    { object: 'Math', property: 'random', message: 'this layer is given the randomness' },
    { property: 'toLocaleString', message: 'this layer knows no locale' },
    { property: 'localeCompare', message: 'this layer knows no locale' },
  ],
};

const FOR_TESTS = {
  group: ['@temporalio/testing', 'vitest', 'fast-check', '**/test/**', '**/bench/**'],
  message: 'the product does without the tests and their tools',
};

function overrideOf(layer: Layer): object {
  const { name, uses, types = [], files = [] } = layer;
  const allowed = [name, ...uses, ...types];
  const others = [...LAYERS.map((other) => other.name), ...ROOTS].filter((other) => !allowed.includes(other));
  const message = `${name} may use: ${toldOf(layer)}`;
  const patterns = [
    { regex: pathsOf(others, files), message },
    ...(types.length === 0 ? [] : [{ regex: pathsOf(types), allowTypeImports: true, message }]),
    FOR_TESTS,
    // The last one: what its exceptions let through is not looked at by those after it.
    { group: ['*', '!./**', '!../**', ...packagesOf(layer)], message },
  ];
  return {
    files: [name.endsWith('.ts') ? `src/${name}` : `src/${name}/**`],
    rules: { 'typescript/no-restricted-imports': ['error', { patterns }], ...(layer.pure === true ? PURITY : {}) },
  };
}

/** @returns the rules of imports, as a file that the lint configuration extends */
export function layersConfig(): object {
  const everywhere = {
    files: ['src/**'],
    rules: { 'typescript/no-restricted-imports': ['error', { patterns: [FOR_TESTS] }] },
  };
  return { overrides: [everywhere, ...LAYERS.map(overrideOf)] };
}

function toldOf({ uses, types = [], files = [], packages }: Layer): string {
  const all = [...uses, ...files, ...types.map((name) => `types of ${name}`), ...packages];
  return all.length === 0 ? 'nothing' : all.join(', ');
}

/** @returns the table of AGENTS.md */
export function layersTable(): string {
  const rows = LAYERS.map((layer) => {
    const told = toldOf(layer);
    return `| \`src/${layer.name}\` | ${told}${layer.pure === true ? '; no clock, randomness, environment or I/O' : ''} |`;
  });
  return ['| from | may use, besides itself |', '| --- | --- |', ...rows].join('\n');
}
