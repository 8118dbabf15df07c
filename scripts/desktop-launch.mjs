// The desktop's runtime: whether it is there, how it is fetched and started, and why it does not start. Runs on the
// caller's Node, before anything is built.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pinnedNode } from './install.mjs';

/** What the desktop writes to its standard output once its window is shown; see src-main/index.ts. */
const OPEN = 'Binnacle is open.';
const POLL_MS = 250;
const PROGRESS_BYTES = 25_000_000;
const KEPT_STDERR = 16 * 1024;

/**
 * Path of Electron's program: in the folder ELECTRON_OVERRIDE_DIST_PATH names, else where npm's package keeps what it
 * has fetched. null: not there, or of another version than the one that is pinned.
 */
export function findRuntime(root, env) {
  const pack = join(root, 'node_modules', 'electron');
  const program = read(join(pack, 'path.txt'));
  if (env.ELECTRON_OVERRIDE_DIST_PATH) {
    const runtime = join(env.ELECTRON_OVERRIDE_DIST_PATH, program ?? PROGRAMS[process.platform] ?? 'electron');
    return existsSync(runtime) ? runtime : null;
  }
  if (program === null) return null;
  const runtime = join(pack, 'dist', program);
  const fetched = read(join(pack, 'dist', 'version'))?.replace(/^v/, '');
  const wanted = JSON.parse(read(join(pack, 'package.json')) ?? '{}').version;
  return fetched === wanted && existsSync(runtime) ? runtime : null;
}

const PROGRAMS = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' };

function read(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}

export function hasDisplay(env, platform) {
  return platform === 'darwin' || platform === 'win32' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/**
 * Fetches the pinned runtime with the installer of npm's package, which checks its checksum. Gives up after `idleMs`
 * without a byte on the disk: a network that swallows packets must not keep anybody from the browser shell.
 */
export async function fetchRuntime({ root, signal, idleMs = 15_000, onProgress }) {
  // The download lies in the temporary folder, the unpacked runtime beside the package: they grow while bytes come.
  const temporary = mkdtempSync(join(tmpdir(), 'binnacle-runtime-'));
  const folders = [temporary, join(root, 'node_modules', 'electron', 'dist')];
  const child = spawn(pinnedNode(root), [join(root, 'node_modules', 'electron', 'install.js')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      TMPDIR: temporary,
      TEMP: temporary,
      TMP: temporary,
      ELECTRON_GET_NO_PROGRESS: '1',
      NODE_USE_ENV_PROXY: '1',
    },
  });
  let stopped = null;
  const stop = (why) => {
    stopped ??= why;
    child.kill('SIGKILL');
  };
  const stderr = tail(child.stderr);
  const cancel = () => stop('fetching its runtime was cancelled.');
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  onProgress('Fetching the runtime of the desktop, once (some 110 MB) …');
  const watch = watchGrowth(folders, { idleMs, onProgress, onIdle: () => stop(noBytes(idleMs)) });
  try {
    const [code] = await once(child, 'close');
    if (stopped !== null) return { kind: 'failed', why: stopped };
    return code === 0
      ? { kind: 'fetched' }
      : { kind: 'failed', why: `its runtime could not be fetched${said(stderr())}.` };
  } catch (error) {
    return { kind: 'failed', why: `its runtime could not be fetched (${error.message}).` };
  } finally {
    clearInterval(watch);
    signal?.removeEventListener('abort', cancel);
    rmSync(temporary, { recursive: true, force: true });
  }
}

const noBytes = (ms) => `its runtime could not be fetched: nothing arrived for ${ms / 1000} s.`;

function watchGrowth(folders, { idleMs, onProgress, onIdle }) {
  let bytes = 0;
  let told = 0;
  let grewAt = performance.now();
  return setInterval(() => {
    const now = folders.reduce((sum, folder) => sum + bytesIn(folder), 0);
    if (now !== bytes) grewAt = performance.now();
    bytes = now;
    if (bytes - told >= PROGRESS_BYTES) {
      told = bytes;
      onProgress(`  ${Math.round(bytes / 1e6)} MB`);
    }
    if (performance.now() - grewAt >= idleMs) onIdle();
  }, POLL_MS);
}

/** Files may go away while they are counted. */
function bytesIn(folder) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce(
        (sum, entry) => sum + (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0),
        0,
      );
  } catch {
    return 0;
  }
}

/** The last of what a stream gave, as a function. */
function tail(stream) {
  let kept = '';
  stream.on('data', (chunk) => {
    kept = (kept + chunk).slice(-KEPT_STDERR);
  });
  return () => kept;
}

/** The first line that names an error, in brackets. */
function said(stderr) {
  const line = /^.*Error: (.{1,200})/m.exec(stderr)?.[1] ?? stderr.trim().split('\n').at(-1);
  return line ? ` (${line.trim()})` : '';
}

/**
 * Starts the desktop and waits for its end. It is `failed` where its window never opened for a reason that lies in the
 * system; what Binnacle itself has to say against its start it says in a dialog, and has then `ran`.
 * Never passes --no-sandbox: a window without its sandbox is none of ours.
 */
export async function launchDesktop({ root, runtime, args, env }) {
  const { ELECTRON_RUN_AS_NODE: _, ...passed } = env;
  const child = spawn(runtime, [root, ...args], { stdio: ['inherit', 'pipe', 'pipe'], env: passed });
  const stderr = tail(child.stderr);
  let opened = false;
  child.stdout.on('data', (chunk) => {
    opened ||= String(chunk).includes(OPEN);
    process.stdout.write(chunk);
  });
  // In a terminal Ctrl-C reaches the desktop itself; a second one would end it with its connections open.
  const stop = (name) => {
    if (name !== 'SIGINT' || !process.stdin.isTTY) child.kill(name);
  };
  for (const name of SIGNALS) process.on(name, stop);
  try {
    const [exitCode, signal] = await once(child, 'close');
    const apparmorRestrictsUserns = read('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1';
    const failure = { exitCode, signal, stderr: stderr(), platform: process.platform, apparmorRestrictsUserns };
    const why = opened ? null : explainLaunchFailure(failure);
    if (why !== null) return { kind: 'failed', why };
    if (exitCode !== 0) process.stderr.write(stderr());
    return { kind: 'ran', code: exitCode ?? 128 + (constants.signals[signal] ?? 0) };
  } catch (error) {
    return { kind: 'failed', why: `its runtime cannot be started (${error.code ?? error.message}).` };
  } finally {
    for (const name of SIGNALS) process.off(name, stop);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** Ended by one of these it was somebody's wish. */
const WISHED = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL']);

/** Why the runtime ended before the window was open, as one sentence; null where that is not the system's doing. */
export function explainLaunchFailure({ exitCode, signal, stderr, platform, apparmorRestrictsUserns }) {
  if (platform === 'linux' && /SUID sandbox helper binary|No usable sandbox/.test(stderr)) {
    return apparmorRestrictsUserns
      ? "AppArmor keeps programs outside the system's folders from making the sandbox its window needs (kernel.apparmor_restrict_unprivileged_userns is 1), and it never runs without."
      : 'this system does not let it make the sandbox its window needs (unprivileged user namespaces are off), and it never runs without.';
  }
  if (/Running as root without --no-sandbox/.test(stderr)) {
    return 'it was started as root, who cannot have the sandbox its window needs.';
  }
  const library = /error while loading shared libraries: ([^:\s]+)/.exec(stderr)?.[1];
  if (library !== undefined) return `the system's library ${library} is missing.`;
  if (
    /Missing X server|cannot open display|[Ff]ailed to (connect to|initialize) (Wayland|the platform)|platform failed to initialize/.test(
      stderr,
    )
  ) {
    return 'the display cannot be opened.';
  }
  if (signal !== null && !WISHED.has(signal)) return `its runtime ended with ${signal} before its window was open.`;
  return exitCode === 126 || exitCode === 127 ? 'its runtime cannot be run on this system.' : null;
}
