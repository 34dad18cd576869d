import { defineConfig } from 'vitest/config';

// These tests are not part of `npm test`. They build tools and servers once, which takes minutes, and need other registries than npm's.
export default defineConfig({
  test: {
    pool: 'forks',
    fileParallelism: false, // one of the files runs a whole server, which needs the machine
    testTimeout: 900_000,
    hookTimeout: 1_800_000,
  },
});
