import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hurriedClock } from '../ssh/connection.fixture.ts';
import { findIdentities, wholePath } from './identities.ts';

let homeDir: string;
let ssh: string;
beforeEach(() => {
  homeDir = mkdtempSync(path.join(tmpdir(), 'binnacle-identities-'));
  ssh = path.join(homeDir, '.ssh');
});
afterEach(() => rmSync(homeDir, { recursive: true, force: true }));

const find = (agentSocket: string | null = null) =>
  findIdentities({ homeDir, agentSocket, clock: hurriedClock(20), signal: new AbortController().signal });

it('finds private keys by how they begin, whatever they are called', async () => {
  mkdirSync(path.join(ssh, 'folder_key'), { recursive: true });
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const write = (name: string, text: string) => writeFileSync(path.join(ssh, name), text, { mode: 0o600 });
  write('work', privateKey.export({ type: 'pkcs1', format: 'pem' }) as string);
  write('id_ed25519', `-----BEGIN OPENSSH PRIVATE KEY-----\n${'x'.repeat(5_000_000)}`);
  write('locked', '-----BEGIN ENCRYPTED PRIVATE KEY-----\n');
  write('id_ed25519.pub', '-----BEGIN OPENSSH PRIVATE KEY-----\n');
  write('public', publicKey.export({ type: 'spki', format: 'pem' }) as string);
  write('old', '-----BEGIN DSA PRIVATE KEY-----\n');
  write('known_hosts', 'atlas ssh-ed25519 AAAA\n');
  write('empty', '');
  write('odd\nname', '-----BEGIN RSA PRIVATE KEY-----\n');
  symlinkSync(path.join(ssh, 'work'), path.join(ssh, 'linked'));
  symlinkSync(path.join(ssh, 'nowhere'), path.join(ssh, 'dangling'));
  symlinkSync(path.join(ssh, 'folder_key'), path.join(ssh, 'to_folder'));
  if (process.platform !== 'win32') {
    execFileSync('mkfifo', [path.join(ssh, 'fifo')]);
    symlinkSync(path.join(ssh, 'fifo'), path.join(ssh, 'to_fifo'));
  }
  expect(await find()).toEqual({
    agent: false,
    files: ['id_ed25519', 'linked', 'locked', 'work'].map((name) => path.join(ssh, name)),
  });
});

it('leaves out what cannot be opened', async () => {
  mkdirSync(ssh);
  writeFileSync(path.join(ssh, 'mine'), '-----BEGIN RSA PRIVATE KEY-----\n');
  // Root may open a file that nobody else may, but not a loop.
  symlinkSync(path.join(ssh, 'loop'), path.join(ssh, 'loop'));
  writeFileSync(path.join(ssh, 'theirs'), '-----BEGIN RSA PRIVATE KEY-----\n');
  chmodSync(path.join(ssh, 'theirs'), 0o000);
  const theirs = process.getuid?.() === 0 ? [path.join(ssh, 'theirs')] : [];
  expect((await find()).files).toEqual([path.join(ssh, 'mine'), ...theirs]);
});

it('finds nothing where there is no .ssh, and no agent where nobody listens', async () => {
  expect(await find(path.join(homeDir, 'agent.sock'))).toEqual({ agent: false, files: [] });
});

it('knows an agent by its answer', async () => {
  const socket = path.join(homeDir, 'agent.sock');
  // No identities; then nothing at all, as one that hangs.
  let answer: Buffer | null = Buffer.from([0, 0, 0, 5, 12, 0, 0, 0, 0]);
  const server = createServer((client) => {
    client.on('error', () => undefined);
    if (answer !== null) client.write(answer);
  }).listen(socket);
  try {
    const there = await find(socket);
    answer = null;
    expect([there.agent, (await find(socket)).agent]).toEqual([true, false]);
  } finally {
    server.close();
  }
});

it.each([
  ['~/.ssh/work', '/home/ana/.ssh/work'],
  ['/srv/key', '/srv/key'],
  ['~bob/key', '~bob/key'],
])('%s stands for %s', (text, whole) => {
  expect(wholePath(text, '/home/ana')).toBe(whole);
});
