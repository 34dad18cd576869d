import { configDefaults, defineConfig } from 'vitest/config';

type Kind = { name: string; timeoutMs: number; maxWorkers?: number; globalSetup?: string };

// One file at a time where a server takes part: more would measure the machine, not the code.
const kinds: Kind[] = [
  { name: 'unit', timeoutMs: 10_000 },
  { name: 'replay', timeoutMs: 60_000 }, // the first replay of a process bundles the workflows
  { name: 'workflow', timeoutMs: 60_000, maxWorkers: 3, globalSetup: 'test/support/setup-time-skipping.ts' },
  { name: 'integration', timeoutMs: 60_000, maxWorkers: 1, globalSetup: 'test/support/setup-dev-server.ts' },
  { name: 'e2e', timeoutMs: 120_000, maxWorkers: 1, globalSetup: 'test/support/setup-dev-server.ts' },
];

export default defineConfig({
  test: {
    pool: 'forks', // the SDK is a native addon
    projects: kinds.map(({ name, timeoutMs, maxWorkers, globalSetup }, order) => ({
      test: {
        name,
        include: [`test/${name}/**/*.test.ts`],
        exclude: configDefaults.exclude,
        pool: 'forks',
        sequence: { groupOrder: order }, // one kind after the other, the quick ones first
        testTimeout: timeoutMs,
        hookTimeout: 180_000,
        setupFiles: name === 'unit' ? [] : ['test/support/quiet-sdk.ts'],
        ...(maxWorkers === undefined ? {} : { maxWorkers }),
        ...(globalSetup === undefined ? {} : { globalSetup }),
      },
    })),
    coverage: { provider: 'v8', include: ['src/**/*.ts'] },
  },
});
