// `npm run build`, and what `npm start` builds with. Runs under any Node that `installLocked` takes.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinnedNode } from './install.mjs';

/** What the bundles are made of. */
const SOURCES = [
  'src-main',
  'src-preload',
  'src-renderer',
  'resources',
  'electron.vite.config.ts',
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
];
const IN_NO_BUNDLE = /\.(test|fixture)\.tsx?$/;
/** The build empties its own folders of `out/`, not `out/` itself. */
const MARKER = join('out', '.built-from');

/**
 * Builds, unless what was built last is of the same sources.
 * @param {string} root folder of the checkout, with its dependencies installed
 * @throws Error with the build's own output where it fails
 */
export async function buildStale(root) {
  const wanted = fingerprint(root);
  const marker = join(root, MARKER);
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  console.log('Building …');
  const started = Date.now();
  await build(root, wanted);
  console.log(`Built in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

/** Contents, not times: a fresh checkout of what was built before is not stale. */
function fingerprint(root) {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const file of filesOf(root, source)) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/** In one order on every machine. */
function filesOf(root, source) {
  const entry = join(root, source);
  if (!existsSync(entry)) return [];
  if (/\.[a-z]+$/.test(source)) return [source];
  return readdirSync(entry, { recursive: true, withFileTypes: true })
    .filter((found) => found.isFile() && !IN_NO_BUNDLE.test(found.name))
    .map((found) => join(found.parentPath, found.name).slice(root.length + 1))
    .sort();
}

async function build(root, sources) {
  const marker = join(root, MARKER);
  rmSync(marker, { force: true });
  const tool = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
  const child = spawn(pinnedNode(root), [tool, 'build'], { cwd: root });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`The build failed.\n${output}`);
  writeFileSync(marker, sources);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = join(import.meta.dirname, '..');
  try {
    await build(root, fingerprint(root));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
