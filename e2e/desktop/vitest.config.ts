import { defineConfig } from 'vitest/config';

/** Journeys in real Electron; `scripts/verify-desktop.mjs` starts them where they can be, and names the runtime. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.journey.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
