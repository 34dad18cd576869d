import { defineConfig } from 'vitest/config';

// Apart from `npm test`: these build tools and servers once, which takes minutes, and need registries besides npm's.
export default defineConfig({
  test: {
    pool: 'forks',
    fileParallelism: false, // they measure nothing, but a server among them wants the machine
    testTimeout: 900_000,
    hookTimeout: 1_800_000,
  },
});
