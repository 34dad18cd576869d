import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What a folder may import. The lint configuration (layers.json) and the table in AGENTS.md are generated from these layers. */
interface Layer {
  /** A folder of `src`, or an entry file in it. */
  readonly name: string;
  /** Layers from which it may import values and types. */
  readonly uses: readonly string[];
  /** Layers from which it may import only types. */
  readonly types?: readonly string[];
  /** Single files of other layers that it may import, as `<folder>/<file>`. */
  readonly files?: readonly string[];
  /** Packages that it may import. `node` means the modules of Node. */
  readonly packages: readonly string[];
  /** The layer uses no clock, randomness, environment or I/O. It gets such values as arguments. */
  readonly pure?: true;
}

/** What callers and the configuration know about the services. This file does not load the adapters and their HTTP client. */
const TRAITS = 'providers/registry/traits.ts';

/** Composition roots may import everything, so they have no row. */
export const LAYERS: readonly Layer[] = [
  { name: 'contract', uses: [], packages: [], pure: true },
  { name: 'tracking', uses: ['contract'], files: ['polling/memory.ts'], packages: [], pure: true },
  { name: 'polling', uses: ['contract'], packages: [], pure: true },
  { name: 'spans', uses: ['contract'], packages: ['@opentelemetry/api', 'node'] },
  { name: 'nexus', uses: ['contract'], packages: ['nexus-rpc'] },
  {
    name: 'workflows',
    uses: ['contract', 'tracking', 'nexus'],
    types: ['activities', 'polling'],
    files: [TRAITS],
    packages: ['@temporalio/workflow', '@temporalio/common', 'nexus-rpc'],
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
    uses: ['contract', 'spans'],
    types: ['polling', 'workflows'],
    files: ['config/pasted.ts', 'config/proxy.ts', TRAITS],
    packages: ['@opentelemetry/api', '@temporalio/client', 'node'],
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
    uses: ['contract', 'config', 'spans'],
    files: ['providers/http/mask.ts'],
    packages: ['@opentelemetry/api', '@opentelemetry/sdk-node', '@temporalio/worker', 'commander', 'node', 'pino'],
  },
  { name: 'simulators', uses: [], packages: ['@hono/node-server', 'hono', 'node'] },
  { name: 'embedded', uses: [], files: ['process/clean-up.ts'], packages: ['@temporalio/client', 'got', 'node'] },
];

const ROOTS = ['cli', 'worker-host', 'worker.ts'];

const escaped = (text: string): string => text.replaceAll('.', String.raw`\.`);

/**
 * @returns a regular expression that matches each import of these layers, from any folder. A path pattern would not match an import
 * that begins with `..`. The linter's regular expressions have no exceptions. So if single files of a layer are allowed (`but`),
 * the expression lists all its other files.
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
  const message = `${name} may use: ${allowedList(layer)}`;
  const patterns = [
    { regex: pathsOf(others, files), message },
    ...(types.length === 0 ? [] : [{ regex: pathsOf(types), allowTypeImports: true, message }]),
    FOR_TESTS,
    // This pattern must be the last one: the linter does not apply later patterns to an import that an exception of this one allows.
    { group: ['*', '!./**', '!../**', ...packagesOf(layer)], message },
  ];
  return {
    files: [name.endsWith('.ts') ? `src/${name}` : `src/${name}/**`],
    rules: { 'typescript/no-restricted-imports': ['error', { patterns }], ...(layer.pure === true ? PURITY : {}) },
  };
}

/** @returns the import rules, as a file that the lint configuration extends */
export function layersConfig(): object {
  const everywhere = {
    files: ['src/**'],
    rules: { 'typescript/no-restricted-imports': ['error', { patterns: [FOR_TESTS] }] },
  };
  return { overrides: [everywhere, ...LAYERS.map(overrideOf)] };
}

function allowedList({ uses, types = [], files = [], packages }: Layer): string {
  const all = [...uses, ...files, ...types.map((name) => `types of ${name}`), ...packages];
  return all.length === 0 ? 'nothing' : all.join(', ');
}

/** @returns the table in AGENTS.md */
export function layersTable(): string {
  const rows = LAYERS.map((layer) => {
    const allowed = allowedList(layer);
    return `| \`src/${layer.name}\` | ${allowed}${layer.pure === true ? '; no clock, randomness, environment or I/O' : ''} |`;
  });
  return ['| from | may use, besides itself |', '| --- | --- |', ...rows].join('\n');
}
