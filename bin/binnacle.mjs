#!/usr/bin/env node
// Starts the command line. Plain JavaScript that any Node from 18 on can read: where the caller's is older than the
// pinned one, it starts itself again under that.
import { spawn } from 'node:child_process';
import { existsSync, fstatSync } from 'node:fs';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR = 24;
const EXIT_INTERNAL = 70;
/** What a shell reports of a program that lost its reader (SIGPIPE); never 0, which would mean green. */
const EXIT_NO_READER = 128 + 13;
/** Set for the second start, so that there is no third. */
const AGAIN = 'BINNACLE_PINNED_NODE';

const args = process.argv.slice(2);
if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) await start();
else startAgain();

async function start() {
  const bundle = new URL('../out/main/cli.js', import.meta.url);
  if (!existsSync(bundle)) return fail('it has not been built.', 'Run npm run build in its folder, once.');
  process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? EXIT_NO_READER : EXIT_INTERNAL));
  // Who does not listen to the complaints still wants the exit code.
  process.stderr.on('error', () => undefined);
  let code;
  try {
    const { main } = await import(bundle.href);
    code = await main(args);
  } catch (error) {
    return fail(`it could not be started (${error?.message ?? error}).`, 'Run npm ci and npm run build in its folder.');
  }
  // On Windows pipes are written later; an exit before would cut them.
  for (const stream of [process.stdout, process.stderr]) await new Promise((done) => stream.write('', done));
  process.exit(code);
}

function startAgain() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const node = [`${root}node_modules/node/bin/node`, `${root}node_modules/node/bin/node.exe`].find(existsSync);
  if (node === undefined || process.env[AGAIN]) {
    return fail(`it needs Node ${NODE_MAJOR}; this is ${process.versions.node}.`, 'Run npm ci in its folder, once.');
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...args], {
    stdio: passedOn(passphraseFd()),
    env: { ...process.env, [AGAIN]: '1' },
  });
  // A terminal sends Ctrl-C to the child as well; sent on, it would arrive twice.
  const sentOn = [0, 1, 2].some((fd) => isatty(fd)) ? ['SIGTERM', 'SIGHUP'] : ['SIGTERM', 'SIGHUP', 'SIGINT'];
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) {
    process.on(signal, () => {
      if (sentOn.includes(signal)) child.kill(signal);
    });
  }
  child.on('error', (error) => fail(`its Node could not be started (${error.message}).`, 'Run npm ci in its folder.'));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

/** Descriptor named by --passphrase-fd, whatever else may be wrong with the command line; 0 where there is none. */
function passphraseFd() {
  const at = args.findIndex((arg) => /^--passphrase-fd(=|$)/.test(arg));
  const value = at === -1 ? '' : (args[at].split('=')[1] ?? args[at + 1] ?? '');
  return /^\d{1,3}$/.test(value) ? Math.min(Number(value), 255) : 0;
}

/** Node's `stdio` that hands on the usual three, and `fd` under its own number where it is open. */
function passedOn(fd) {
  const stdio = ['inherit', 'inherit', 'inherit'];
  if (fd < 3) return stdio;
  try {
    fstatSync(fd);
  } catch {
    return stdio;
  }
  while (stdio.length < fd) stdio.push('ignore');
  return [...stdio, fd];
}

function fail(message, hint) {
  process.stderr.write(`binnacle: ${message}\n  ${hint}\n`);
  process.exitCode = EXIT_INTERNAL;
}
