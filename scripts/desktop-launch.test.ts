import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explainLaunchFailure, fetchRuntime, findRuntime, hasDisplay, launchDesktop } from './desktop-launch.mjs';

/** A checkout with the package `electron` as npm leaves it: without its runtime. */
let root: string;
let pack: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'binnacle-launch-'));
  pack = join(root, 'node_modules', 'electron');
  mkdirSync(join(root, 'node_modules', 'node', 'bin'), { recursive: true });
  mkdirSync(pack);
  symlinkSync(process.execPath, join(root, 'node_modules', 'node', 'bin', 'node'));
  writeFileSync(join(pack, 'package.json'), '{"version":"45.0.0"}');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A program in electron's place, written in JavaScript. */
function program(source: string, folder = root): string {
  const file = join(folder, 'electron');
  writeFileSync(file, `#!${process.execPath}\n${source}`);
  chmodSync(file, 0o755);
  return file;
}

function fetched(version: string): string {
  mkdirSync(join(pack, 'dist'));
  writeFileSync(join(pack, 'path.txt'), 'electron');
  writeFileSync(join(pack, 'dist', 'version'), version);
  return program('', join(pack, 'dist'));
}

describe('findRuntime', () => {
  it('finds none where none was fetched', () => {
    expect(findRuntime(root, {})).toBe(null);
  });

  it('finds the one that was fetched, of the pinned version', () => {
    const runtime = fetched('v45.0.0');
    expect(findRuntime(root, {})).toBe(runtime);
  });

  it('takes none of another version', () => {
    fetched('44.9.9');
    expect(findRuntime(root, {})).toBe(null);
  });

  it('takes the one the environment names', () => {
    const runtime = program('');
    expect([
      findRuntime(root, { ELECTRON_OVERRIDE_DIST_PATH: root }),
      findRuntime(root, { ELECTRON_OVERRIDE_DIST_PATH: pack }),
    ]).toEqual([runtime, null]);
  });
});

describe('hasDisplay', () => {
  it.each([
    ['X11', { DISPLAY: ':0' }, 'linux', true],
    ['Wayland', { WAYLAND_DISPLAY: 'wayland-0' }, 'linux', true],
    ['a text console', { DISPLAY: '' }, 'linux', false],
    ['macOS', {}, 'darwin', true],
    ['Windows', {}, 'win32', true],
  ] as const)('%s', (_what, env, platform, expected) => {
    expect(hasDisplay(env, platform)).toBe(expected);
  });
});

describe('fetchRuntime', () => {
  const installer = (source: string) => writeFileSync(join(pack, 'install.js'), source);
  const fetch = async (options: { idleMs?: number; signal?: AbortSignal } = {}) => {
    const lines: string[] = [];
    const result = await fetchRuntime({ root, onProgress: (line) => lines.push(line), ...options });
    return { result, lines };
  };

  it('runs the installer of the package, and counts what arrives', async () => {
    installer(`
      const fs = require('fs');
      fs.writeFileSync(require('path').join(require('os').tmpdir(), 'electron.zip'), Buffer.alloc(30e6));
      setTimeout(() => {}, 1000);
    `);
    expect(await fetch()).toEqual({
      result: { kind: 'fetched' },
      lines: ['Fetching the runtime of the desktop, once (some 110 MB) …', '  30 MB'],
    });
  });

  it('tells why it failed', async () => {
    installer(`console.error(new Error('getaddrinfo ENOTFOUND github.com').stack); process.exit(1);`);
    expect((await fetch()).result).toEqual({
      kind: 'failed',
      why: 'its runtime could not be fetched (getaddrinfo ENOTFOUND github.com).',
    });
  });

  it('gives up where nothing arrives, and leaves nothing behind', async () => {
    installer('setTimeout(() => {}, 60_000);');
    const before = temporaries();
    const { result } = await fetch({ idleMs: 500 });
    expect([result, temporaries()]).toEqual([
      { kind: 'failed', why: 'its runtime could not be fetched: nothing arrived for 0.5 s.' },
      before,
    ]);
  });

  it('waits as long as something arrives', async () => {
    installer(`
      const file = require('path').join(require('os').tmpdir(), 'electron.zip');
      let left = 8;
      setInterval(() => { require('fs').appendFileSync(file, 'byte'); if (--left === 0) process.exit(0); }, 400);
    `);
    expect((await fetch({ idleMs: 2_000 })).result).toEqual({ kind: 'fetched' });
  });

  it('can be cancelled', async () => {
    installer('setTimeout(() => {}, 60_000);');
    expect((await fetch({ signal: AbortSignal.timeout(200) })).result).toEqual({
      kind: 'failed',
      why: 'fetching its runtime was cancelled.',
    });
  });

  const temporaries = () => readdirSync(tmpdir()).filter((name) => name.startsWith('binnacle-runtime-'));
});

describe('launchDesktop', () => {
  const launch = (source: string, args: readonly string[] = []) =>
    launchDesktop({ root, runtime: program(source), args, env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } });

  it('starts the app with its options, as itself and in its sandbox', async () => {
    const file = join(root, 'started.json');
    const source = `
      const [app, ...args] = process.argv.slice(2);
      const as = process.env.ELECTRON_RUN_AS_NODE ?? 'itself';
      require('fs').writeFileSync(${JSON.stringify(file)}, JSON.stringify({ app, args, as }));
    `;
    const ended = await launch(source, ['--demo']);
    const seen: unknown = JSON.parse(readFileSync(file, 'utf8'));
    expect([ended, seen]).toEqual([
      { kind: 'ran', code: 0 },
      { app: root, args: ['--demo'], as: 'itself' },
    ]);
  });

  it('tells a crash before the window was open as a failure, and one after it as an end', async () => {
    const crash = "process.kill(process.pid, 'SIGTRAP'); setTimeout(() => {}, 60_000);";
    expect([
      await launch(crash),
      await launch(`process.stdout.write('Binnacle is open.\\n', () => { ${crash} });`),
    ]).toEqual([
      { kind: 'failed', why: 'its runtime ended with SIGTRAP before its window was open.' },
      { kind: 'ran', code: 133 },
    ]);
  });

  it("leaves it at what Binnacle's own dialog said", async () => {
    expect(await launch('process.exit(1);')).toEqual({ kind: 'ran', code: 1 });
  });

  it('tells a program that is none', async () => {
    const runtime = join(root, 'package.json');
    writeFileSync(runtime, '{}');
    expect(await launchDesktop({ root, runtime, args: [], env: {} })).toEqual({
      kind: 'failed',
      why: 'its runtime cannot be started (EACCES).',
    });
  });
});

describe('explainLaunchFailure', () => {
  const suid =
    "[7:0101/1:FATAL:setuid_sandbox_host.cc(163)] The SUID sandbox helper binary was found, but is not configured correctly. Rather than run without sandboxing I'm aborting now.";
  const ended = {
    exitCode: null,
    signal: 'SIGTRAP',
    stderr: '',
    platform: 'linux',
    apparmorRestrictsUserns: false,
  } as const;

  it.each([
    [
      "Ubuntu's AppArmor",
      { ...ended, stderr: suid, apparmorRestrictsUserns: true },
      "AppArmor keeps programs outside the system's folders from making the sandbox its window needs (kernel.apparmor_restrict_unprivileged_userns is 1), and it never runs without.",
    ],
    [
      'a kernel without user namespaces',
      { ...ended, stderr: 'No usable sandbox!' },
      'this system does not let it make the sandbox its window needs (unprivileged user namespaces are off), and it never runs without.',
    ],
    [
      'root',
      { ...ended, exitCode: 1, signal: null, stderr: 'Running as root without --no-sandbox is not supported.' },
      'it was started as root, who cannot have the sandbox its window needs.',
    ],
    [
      'a missing library',
      {
        ...ended,
        exitCode: 127,
        signal: null,
        stderr: 'electron: error while loading shared libraries: libnss3.so: cannot open shared object file',
      },
      "the system's library libnss3.so is missing.",
    ],
    [
      'a display that is none',
      { ...ended, exitCode: 1, signal: null, stderr: 'ERROR:ozone_platform_x11.cc Missing X server or $DISPLAY' },
      'the display cannot be opened.',
    ],
    ['an unknown crash', ended, 'its runtime ended with SIGTRAP before its window was open.'],
    ['somebody who had enough', { ...ended, signal: 'SIGINT' }, null],
    ['an end of its own', { ...ended, exitCode: 1, signal: null }, null],
  ] as const)('%s', (_what, failure, why) => {
    expect(explainLaunchFailure(failure)).toBe(why);
  });
});
