// `npm start`: installs and builds what is missing or stale, then opens Binnacle: the desktop where its runtime and a
// display are there, else the browser shell, with one line why. Runs on the caller's Node.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installLocked, pinnedNode } from './install.mjs';

const USAGE = `npm start -- [--shell desktop|browser] [--port N] [--no-open] [--demo] [--home DIR]

  --shell    desktop: its window, and nothing else where that cannot be; browser: a page on this machine's loopback.
             Without it: the desktop where it can run, else the browser.
  --port     of the browser shell; without it, any that is free
  --no-open  print the address, open no browser
  --demo     the made-up fleet, also where hosts are saved
  --home     the folder that holds settings; without it BINNACLE_HOME, else the usual place`;
const EXIT_USAGE = 64;
const EXIT_UNAVAILABLE = 69;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const root = join(import.meta.dirname, '..');
const options = readOptions(process.argv.slice(2));

installLocked(root);
// What follows may need what has just been installed.
const { buildStale } = await import('./build.mjs');
try {
  await buildStale(root);
} catch (error) {
  fail(error.message, EXIT_UNAVAILABLE);
}
process.exitCode = (await startDesktop()) ?? (await startBrowser());

/** The exit code, or null where the browser shell has to do. */
async function startDesktop() {
  if (options.shell === 'browser') return null;
  const { fetchRuntime, findRuntime, hasDisplay, launchDesktop } = await import('./desktop-launch.mjs');
  const because = (why) => {
    if (options.shell === 'desktop') fail(`The desktop cannot run here: ${why}`, EXIT_UNAVAILABLE);
    console.log(`The desktop cannot run here: ${why} Binnacle opens in the browser instead.`);
    return null;
  };
  if (!hasDisplay(process.env, process.platform)) return because('there is no display.');
  let runtime = findRuntime(root, process.env);
  if (runtime === null) {
    const fetched = await interruptible((signal) =>
      fetchRuntime({ root, signal, onProgress: (line) => console.log(line) }),
    );
    if (fetched.kind === 'failed') return because(fetched.why);
    runtime = findRuntime(root, process.env);
    if (runtime === null) return because('its runtime was fetched, and is not where it should be.');
  }
  const args = [...(options.demo ? ['--demo'] : []), ...(options.home === undefined ? [] : ['--home', options.home])];
  const ended = await launchDesktop({ root, runtime, args, env: process.env });
  return ended.kind === 'ran' ? ended.code : because(ended.why);
}

/** Ends this process where it was told to meanwhile, after `work` has tidied up. */
async function interruptible(work) {
  const controller = new AbortController();
  let code = 0;
  const stop = (name) => {
    code = 128 + constants.signals[name];
    controller.abort();
  };
  for (const name of SIGNALS) process.once(name, stop);
  const result = await work(controller.signal);
  for (const name of SIGNALS) process.off(name, stop);
  if (controller.signal.aborted) process.exit(code);
  return result;
}

/** Resolves with the exit code of the browser shell. */
function startBrowser() {
  const args = [join(root, 'bin', 'binnacle.mjs'), 'serve'];
  if (options.port !== undefined) args.push('--port', options.port);
  if (options.open === false) args.push('--no-open');
  if (options.demo) args.push('--demo');
  if (options.home !== undefined) args.push('--home', options.home);
  return new Promise((resolve) => {
    const child = spawn(pinnedNode(root), args, { stdio: 'inherit' });
    // In a terminal the child hears Ctrl-C itself; this process only has to outlive it.
    process.on('SIGINT', () => {
      if (!process.stdin.isTTY) child.kill('SIGINT');
    });
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('error', (error) => fail(error.message, EXIT_UNAVAILABLE));
    child.on('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

function readOptions(args) {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      allowNegative: true,
      options: {
        shell: { type: 'string' },
        port: { type: 'string' },
        open: { type: 'boolean' },
        demo: { type: 'boolean' },
        home: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (error) {
    fail(`${error.message}\n\n${USAGE}`, EXIT_USAGE);
  }
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  if (values.shell !== undefined && values.shell !== 'desktop' && values.shell !== 'browser') {
    fail(`--shell is desktop or browser, not ${values.shell}.\n\n${USAGE}`, EXIT_USAGE);
  }
  return values;
}

function fail(message, code) {
  console.error(message);
  process.exit(code);
}
