import { defineConfig } from 'vitest/config';

/** The unit tests of the core alone: `npm run mutation`. */
export default defineConfig({
  test: { name: 'mutation', include: ['test/unit/{contract,tracking,polling}/**/*.test.ts'], testTimeout: 10_000 },
});
