// Installs the locked dependencies when they are missing or stale. Runs on the caller's Node, before anything is there.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const OLDEST_NODE = [20, 19];

/** @returns {string} the Node the project pins, whatever the caller's is */
export function pinnedNode(root) {
  return join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

/**
 * Makes node_modules what package-lock.json says. Does nothing, at once, when it already is.
 * @param {string} root folder of the checkout
 */
export function installLocked(root) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    console.error(`Binnacle needs Node ${OLDEST_NODE.join('.')} or newer to start; this is ${process.versions.node}.`);
    process.exit(69);
  }
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package.json')))
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const marker = join(root, 'node_modules', '.binnacle-installed');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted && existsSync(pinnedNode(root))) return;

  console.log('Installing the locked dependencies …');
  // Scripts of dependencies are not run: the only one needed is that of `node`, which places the pinned runtime.
  npm(root, ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  npm(root, ['rebuild', 'node', '--foreground-scripts']);
  const version = execFileSync(pinnedNode(root), ['--version'], { encoding: 'utf8' }).trim();
  console.log(`Installed; the pinned Node is ${version}.`);
  writeFileSync(marker, wanted);
}

function npm(root, args) {
  const result = spawnSync('npm', args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (result.status !== 0) {
    console.error(`npm ${args[0]} failed; its output is above.`);
    process.exit(69);
  }
}
