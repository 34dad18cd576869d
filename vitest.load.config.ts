import { defineConfig } from 'vitest/config';

/** Tests that need a machine that does nothing else: `npm run test:load`. */
export default defineConfig({
  test: {
    name: 'load',
    include: ['test/load/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 180_000,
    globalSetup: 'test/support/setup-dev-server.ts',
    setupFiles: ['test/support/quiet-sdk.ts'],
  },
});
