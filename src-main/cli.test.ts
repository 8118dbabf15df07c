import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

/** A fault that nobody catches, as soon as the command line is at work. */
const FAULT = `data:text/javascript,${encodeURIComponent(
  `const timer = setInterval(() => {
    if (process.listenerCount('uncaughtException') === 0) return;
    clearInterval(timer);
    setTimeout(() => Promise.reject(new TypeError('a bug with a hunter2 in it')), 200);
  }, 10);`,
)}`;

const CLI = pathToFileURL(path.join(import.meta.dirname, 'cli.ts')).href;
const SCRIPT = `const { main } = await import('${CLI}'); process.exit(await main(process.argv.slice(1)));`;

const NO_KNOWN_HOSTS = ['--known-hosts', '/none'];

/** The command line in a process of its own, with a home folder. */
async function inHome(args: readonly string[], prepare: (folder: string) => void) {
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-cli-'));
  try {
    prepare(folder);
    const child = spawn(process.execPath, ['--input-type=module', '--eval', SCRIPT, '--', ...args, '--home', folder], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: folder },
    });
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { code, out, err: err.replaceAll(folder, 'HOME'), left: readdirSync(folder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

it('looks at no host from a home that others may write to, and leaves nothing there', async () => {
  const ended = await inHome(['status', 'ssh://me@127.0.0.1:1', ...NO_KNOWN_HOSTS], (folder) =>
    chmodSync(folder, 0o777),
  );
  expect(ended).toEqual({
    code: 73,
    out: '',
    err: "binnacle: Other users may write to HOME.\n  Take that right away: chmod 700 'HOME'\n",
    left: [],
  });
});

it('does not use the home of another user, as under sudo', async (context) => {
  if (process.getuid?.() !== 0) context.skip('needs root, to own a folder as another user');
  const ended = await inHome(['status', 'ssh://me@127.0.0.1:1', ...NO_KNOWN_HOSTS], (folder) =>
    chownSync(folder, 65_534, 65_534),
  );
  expect([ended.code, ended.out, ended.left, ended.err]).toEqual([
    73,
    '',
    [],
    expect.stringMatching(/^binnacle: HOME belongs to another user \(65534\)\.\n.*--home\.\n$/),
  ]);
});

it('reads the other hosts where a saved one cannot be, says which, and is not green', async () => {
  const id = (number: number) => `00000000-0000-4000-8000-00000000000${number}`;
  const ended = await inHome(['status', '--json', ...NO_KNOWN_HOSTS], (folder) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const key = path.join(folder, 'key');
    writeFileSync(key, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
    const hosts = [
      { id: id(1), target: 'atlas' },
      { id: id(2), target: 'SSH://me@127.0.0.1:1/', identityFiles: [key] },
    ];
    writeFileSync(path.join(folder, 'settings.json'), JSON.stringify({ schema: 1, hosts }));
  });
  const { verdict, hosts, problems } = JSON.parse(ended.out);
  expect([
    ended.code,
    verdict,
    hosts.map((host: { id: string; target: string }) => [host.id, host.target]),
    problems.map((problem: { where: string; code: string }) => [path.basename(problem.where), problem.code]),
  ]).toEqual([
    3,
    'unknown',
    [[id(2), 'ssh://me@127.0.0.1:1']],
    [
      ['settings.json', 'TARGET_INVALID'],
      ['me@127.0.0.1:1', 'CONNECT_REFUSED'],
    ],
  ]);
});

it('says of a journal that cannot be read why, and ends with 73', async () => {
  const ended = await inHome(['audit', 'verify'], (folder) => writeFileSync(path.join(folder, 'journal'), 'oops'));
  expect(ended).toEqual({
    code: 73,
    out: '',
    err: expect.stringMatching(/^binnacle: The journal cannot be read: .*\n {2}/),
    left: ['journal'],
  });
});

it('ends with 70, a reference and no stack trace where something fails that nobody catches', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-crash-'));
  // Accepts, and says nothing: the command is still at it when the fault comes.
  const silent = createServer((socket) => void socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const args = [
    'status',
    `ssh://me@127.0.0.1:${port}`,
    '--identity',
    path.join(folder, 'none'),
    '--home',
    folder,
    '--watch',
  ];
  try {
    const child = spawn(process.execPath, ['--import', FAULT, '--input-type=module', '--eval', SCRIPT, '--', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    const reference = /\(reference ([0-9a-f]{8})\)/.exec(said)?.[1];
    expect([code, said.replace(reference ?? '', 'REF').replace(folder, 'HOME')]).toEqual([
      70,
      expect.stringMatching(
        /^binnacle: Something went wrong inside Binnacle \(reference REF\)\.\n {2}This is a fault of Binnacle's, not yours\. Its details are in HOME\/\S+\.\n$/,
      ),
    ]);
    const log = readFileSync(/ are in (\S+)\.\n$/.exec(said)?.[1] ?? '', 'utf8');
    expect(log).toContain(`"reference":"${reference}"`);
  } finally {
    silent.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
