import { defineConfig } from 'vitest/config';

/**
 * Four projects: `unit` needs nothing but Node; `browser` (files named `*.browser.test.ts`) needs what was built, and
 * Chromium; `lab` (`*.lab.test.ts`) needs root, Linux, dockerd and sshd, and Chromium for some, and shares one lab started
 * by its global setup; `soak` (`*.soak.test.ts`) takes longer than anybody waits, and is run by `npm run soak`. What needs a part that is missing is skipped with a printed reason.
 */
export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'src-*/**/*.test.{ts,tsx}',
            'bin/**/*.test.ts',
            'scripts/**/*.test.ts',
            'lab/**/*.test.ts',
            'bench/**/*.test.ts',
          ],
          exclude: ['**/*.{lab,browser,soak}.test.ts', '**/node_modules/**'],
          // Twice and more what the longest take on two busy cores: 100,000 cases each.
          testTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['e2e/**/*.browser.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'soak',
          include: ['**/*.soak.test.ts'],
          exclude: ['**/node_modules/**', 'out/**'],
          testTimeout: 3_600_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'lab',
          include: ['**/*.lab.test.ts'],
          exclude: ['**/node_modules/**', 'out/**'],
          globalSetup: ['lab/vitest-global.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
