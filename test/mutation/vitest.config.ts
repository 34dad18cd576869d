import { defineConfig } from 'vitest/config';

/** The unit tests of the core alone: `npm run mutation`. They share no state, so a mutant needs no fresh modules. */
export default defineConfig({
  test: {
    name: 'mutation',
    include: ['test/unit/{contract,tracking,polling}/**/*.test.ts'],
    testTimeout: 10_000,
    isolate: false,
    // A mutant that a property finds, it finds early. More runs would cost hours.
    env: { PROPERTY_RUNS: process.env['PROPERTY_RUNS'] ?? '100' },
  },
});
