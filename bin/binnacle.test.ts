import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** A checkout of its own: the real starter, in front of a command line that only tells how it was started. */
let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'binnacle-bin-'));
  mkdirSync(path.join(root, 'bin'));
  mkdirSync(path.join(root, 'out', 'main'), { recursive: true });
  copyFileSync(path.join(import.meta.dirname, 'binnacle.mjs'), path.join(root, 'bin', 'binnacle.mjs'));
  writeFileSync(path.join(root, 'package.json'), '{"type":"module"}');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const build = (main: string) =>
  writeFileSync(
    path.join(root, 'out', 'main', 'cli.js'),
    `import { readFileSync } from 'node:fs';\nexport async function main(args) {\n${main}\n}`,
  );

function installNode() {
  mkdirSync(path.join(root, 'node_modules', 'node', 'bin'), { recursive: true });
  symlinkSync(process.execPath, path.join(root, 'node_modules', 'node', 'bin', 'node'));
}

/** Command line of the starter, under this Node, or one that says it is Node 20. */
function command(args: readonly string[], { old = false } = {}): string[] {
  const pretend = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.19.0'}})`;
  return [process.execPath, ...(old ? ['--import', pretend] : []), path.join(root, 'bin', 'binnacle.mjs'), ...args];
}

function run(args: readonly string[], options?: { old?: boolean }) {
  const [node = '', ...rest] = command(args, options);
  const { status, stdout, stderr } = spawnSync(node, rest, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

function start(args: readonly string[], options: SpawnOptions) {
  const [node = '', ...rest] = command(args, { old: true });
  return spawn(node, rest, options);
}

describe('bin/binnacle.mjs', () => {
  it.each([{ old: false }, { old: true }])('runs the command line and ends with its code (%j)', (options) => {
    installNode();
    build(`console.log(JSON.stringify([Number.parseInt(process.versions.node) >= 24, args])); return 3;`);
    expect(run(['status', '--json', ''], options)).toEqual({
      status: 3,
      stdout: '[true,["status","--json",""]]\n',
      stderr: '',
    });
  });

  it('says plainly what is missing', () => {
    const unbuilt = run(['status']);
    const uninstalled = run(['status'], { old: true });
    build('throw new Error("no such package")');
    const unloadable = run(['status']);
    expect([unbuilt, uninstalled, unloadable]).toEqual([
      {
        status: 70,
        stdout: '',
        stderr: 'binnacle: it has not been built.\n  Run npm run build in its folder, once.\n',
      },
      {
        status: 70,
        stdout: '',
        stderr: 'binnacle: it needs Node 24; this is 20.19.0.\n  Run npm ci in its folder, once.\n',
      },
      {
        status: 70,
        stdout: '',
        stderr: expect.stringMatching(/^binnacle: it could not be started \(no such package\)\.\n {2}Run npm ci/),
      },
    ]);
  });

  it('writes everything before it ends, and nothing more when the reader has gone', async (context) => {
    if (process.platform === 'win32') context.skip('needs a POSIX shell');
    build(`process.stdout.write('x'.repeat(1 << 20)); return 1;`);
    const whole = run([]);
    build(`for (;;) { process.stdout.write('line\\n'); await new Promise((next) => setTimeout(next, 1)); }`);
    const piped = spawnSync('bash', ['-c', 'set -o pipefail; "$@" | head -n 1', 'bash', ...command([])], {
      encoding: 'utf8',
    });
    expect([whole.status, whole.stdout.length, piped.status, piped.stdout, piped.stderr]).toEqual([
      1,
      1 << 20,
      141,
      'line\n',
      '',
    ]);
  });

  it.each(['--passphrase-fd 4', '--passphrase-fd=4'])('hands on the descriptor of %s', async (flag) => {
    installNode();
    build(`process.stdout.write(readFileSync(4, 'utf8')); return 0;`);
    const child = start(['status', ...flag.split(' ')], {
      stdio: ['ignore', 'pipe', 'inherit', 'ignore', 'pipe'],
    });
    const [, stdout, , , passphrases] = child.stdio;
    (passphrases as NodeJS.WritableStream).end('hunter2\n');
    let said = '';
    for await (const chunk of stdout as NodeJS.ReadableStream) said += String(chunk);
    expect(said).toBe('hunter2\n');
  });

  it('hands on a signal, and how it ended', async () => {
    installNode();
    build(
      `process.on('SIGTERM', () => process.exit(5)); console.log('up'); setInterval(() => undefined, 1e3); await new Promise(() => undefined);`,
    );
    const gentle = start([], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(gentle.stdout as NodeJS.ReadableStream, 'data');
    gentle.kill('SIGTERM');
    expect(await once(gentle, 'exit')).toEqual([5, null]);
    build(`console.log('up'); setInterval(() => undefined, 1e3); await new Promise(() => undefined);`);
    const hard = start([], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(hard.stdout as NodeJS.ReadableStream, 'data');
    hard.kill('SIGINT');
    expect(await once(hard, 'exit')).toEqual([130, null]);
  });
});
