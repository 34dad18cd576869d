import { defineConfig } from 'vitest/config';

/** Only the unit tests of the core: `npm run mutation`. */
export default defineConfig({
  test: { name: 'mutation', include: ['test/unit/{contract,tracking,polling}/**/*.test.ts'], testTimeout: 10_000 },
});
