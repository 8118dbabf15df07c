import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

/** Four bundles: the desktop's main process and the command line (both the core), the preload, the window. */
export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      target: 'node24',
      sourcemap: true,
      rollupOptions: { input: { index: 'src-main/index.ts', cli: 'src-main/cli.ts' } },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      rollupOptions: {
        input: 'src-preload/index.ts',
        // A sandboxed preload is run as CommonJS.
        output: { format: 'cjs', entryFileNames: 'index.cjs' },
      },
    },
  },
  renderer: {
    root: 'src-renderer',
    build: {
      outDir: 'out/renderer',
      minify: true,
      rollupOptions: { input: 'src-renderer/index.html' },
    },
    plugins: [react()],
  },
});
