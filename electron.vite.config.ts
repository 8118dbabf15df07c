import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import type { Plugin } from 'vite';

/**
 * What dockerode loads for things Binnacle never asks of it (image builds over gRPC, archives, its own modem, which ours
 * replaces: ADR 5) costs a tenth of a second at every start: the bundle goes without.
 */
const UNUSED = /^(@grpc\/.*|protobufjs|tar-fs|@balena\/dockerignore|docker-modem)$/;
const withoutUnused: Plugin = {
  name: 'without-unused',
  enforce: 'pre',
  resolveId: (id) => (UNUSED.test(id) ? '\0unused' : null),
  load: (id) => (id === '\0unused' ? 'export default {};' : null),
};

/** Four bundles: the desktop's main process and the command line (both the core), the preload, the window. */
export default defineConfig({
  main: {
    plugins: [withoutUnused],
    build: {
      // Loaded in one piece they start in half the time.
      externalizeDeps: { exclude: ['zod', 'dockerode'] },
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
      // Electron's Chromium; every browser of today keeps up with it.
      target: 'chrome138',
      minify: true,
      // As files of their own: the page's policy lets no font be a `data:` address.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rollupOptions: { input: 'src-renderer/index.html' },
    },
    plugins: [react()],
  },
});
