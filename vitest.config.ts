import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    pool: 'forks', // the SDK is a native addon
    include: ['test/**/*.test.ts'],
  },
});
