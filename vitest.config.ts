import { defineConfig } from 'vitest/config';

/**
 * Two projects: `unit` needs nothing but Node; `lab` (files named `*.lab.test.ts`) needs root, Linux, dockerd and
 * sshd, shares one lab started by its global setup, and is skipped with a printed reason where a part is missing.
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
          exclude: ['**/*.lab.test.ts', '**/node_modules/**'],
          testTimeout: 30_000,
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
