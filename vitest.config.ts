import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { NEVER_MS } from './test/support/never.ts';

type Kind = {
  name: string;
  timeoutMs: number;
  group: number;
  maxWorkers: number;
  isolate?: false;
  globalSetup?: string[];
};

const devServer = 'test/support/setup-dev-server.ts';
const build = 'test/support/setup-build.ts';

// Kinds in the same group run at the same time. The quick groups run first. Test files that use servers mostly wait, so two cores
// can run four of them. All timeouts are much longer than any test takes, also on a busy machine. They end a test that hangs.
// They do not check speed.
const kinds: Kind[] = [
  { name: 'unit', timeoutMs: 120_000, group: 0, maxWorkers: 2, isolate: false },
  { name: 'replay', timeoutMs: 300_000, group: 0, maxWorkers: 2 }, // the first replay of a process bundles the workflows
  {
    name: 'workflow',
    timeoutMs: 300_000,
    group: 1,
    maxWorkers: 3,
    globalSetup: ['test/support/setup-time-skipping.ts'],
  },
  { name: 'integration', timeoutMs: 300_000, group: 2, maxWorkers: 4, globalSetup: [devServer] },
  { name: 'e2e', timeoutMs: 300_000, group: 2, maxWorkers: 4, globalSetup: [build, devServer] },
  // It has a group of its own, because it uses the whole machine.
  { name: 'hostile', timeoutMs: 1_800_000, group: 3, maxWorkers: 1, globalSetup: [build, devServer] },
];

export default defineConfig({
  test: {
    pool: 'forks', // the SDK is a native addon
    projects: kinds.map(({ name, timeoutMs, group, maxWorkers, isolate = true, globalSetup }) => ({
      resolve: { alias: { 'durable-job-tracker/provider': join(import.meta.dirname, 'src/providers/provider.ts') } },
      test: {
        name,
        include: [`test/${name}/**/*.test.ts`],
        exclude: configDefaults.exclude,
        pool: 'forks',
        sequence: { groupOrder: group },
        testTimeout: timeoutMs,
        hookTimeout: 600_000,
        expect: { poll: { timeout: NEVER_MS, interval: 20 } },
        setupFiles: [name === 'unit' ? 'test/support/property-seed.ts' : 'test/support/quiet-sdk.ts'],
        maxWorkers,
        isolate,
        ...(globalSetup === undefined ? {} : { globalSetup }),
      },
    })),
    coverage: { provider: 'v8', include: ['src/**/*.ts'] },
  },
});
