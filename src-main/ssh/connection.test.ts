import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type AuthenticationType } from 'ssh2';
import { afterAll, describe, expect, it } from 'vitest';
import { connectWith, nobody } from './connection.fixture.ts';
import type { SshPrompts } from './connection-types.ts';
import { fingerprint } from './host-key.ts';
import { generateKeyPair } from './key-pair.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'binnacle-connection-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A key file, and the public key in it. */
function newKey(name: string, passphrase?: string): { file: string; blob: Buffer } {
  const pair = generateKeyPair(
    'ed25519',
    passphrase === undefined ? {} : { passphrase, cipher: 'aes256-ctr', rounds: 4 },
  );
  const file = join(folder, name);
  writeFileSync(file, pair.private, { mode: 0o600 });
  return { file, blob: Buffer.from(pair.public.split(' ')[1] ?? '', 'base64') };
}

const hostKey = generateKeyPair('ed25519').private;

/** An SSH server that lets in whoever has `taken`, and tells all others which methods there are. */
async function sshServer(taken: Buffer | null, methods: readonly string[] = ['publickey']) {
  let connections = 0;
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    connections += 1;
    client.on('error', () => {});
    client.on('authentication', (context) => {
      if (context.method === 'publickey' && taken?.equals(context.key.data)) context.accept();
      else context.reject(methods as AuthenticationType[]);
    });
    client.on('session', (_accept, reject) => reject());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as { port: number };
  return {
    target: { user: 'me', host: '127.0.0.1', port, socketPath: '/run/docker.sock' },
    connections: () => connections,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

/** Answers with what `passphrases` has for the file, in turn, and writes down who was asked. */
function answering(passphrases: Readonly<Record<string, readonly string[]>>) {
  const asked: string[] = [];
  const prompts: SshPrompts = {
    ...nobody,
    async passphrase({ file, attempt }) {
      asked.push(`${file.replace(`${folder}/`, '')} ${attempt}`);
      return passphrases[file]?.[attempt - 1] ?? null;
    },
  };
  return { asked, prompts };
}

it('knows which of the keys it was let in with', async () => {
  const [one, two, three] = [newKey('one'), newKey('two'), newKey('three')];
  await using server = await sshServer(two.blob);
  const identityFiles = [one.file, two.file, three.file];
  await using connection = await connectWith({ target: server.target, identityFiles });
  expect(connection.loginKeyFingerprint).toBe(fingerprint(two.blob));
});

describe('encrypted keys', () => {
  const [first, second, third] = [newKey('first', 'one'), newKey('second', 'two'), newKey('third', 'three')];
  const identityFiles = [first.file, second.file, third.file];

  it('are tried one by one: the next is asked for only where the one before was refused', async () => {
    await using server = await sshServer(second.blob);
    const { asked, prompts } = answering({ [first.file]: ['one'], [second.file]: ['two'], [third.file]: ['three'] });
    await using connection = await connectWith({ target: server.target, identityFiles, prompts });
    expect([asked, server.connections()]).toEqual([['first 1', 'second 1'], 3]);
    expect(connection.loginKeyFingerprint).toBe(fingerprint(second.blob));
  });

  it('do not bar one another: neither a wrong passphrase nor none', async () => {
    await using server = await sshServer(third.blob);
    const { asked, prompts } = answering({ [first.file]: ['no', 'nor this'], [third.file]: ['three'] });
    await using _connection = await connectWith({ target: server.target, identityFiles, prompts });
    expect([asked, server.connections()]).toEqual([['first 1', 'first 2', 'first 3', 'second 1', 'third 1'], 2]);
  });

  it.each([
    ['a wrong passphrase, where there was one', { [second.file]: ['no'] }, 'PASSPHRASE_WRONG', 'second'],
    ['that nobody answered', {}, 'PASSPHRASE_NEEDED', 'first'],
  ])('report %s, where none was opened', async (_, passphrases, code, name) => {
    await using server = await sshServer(third.blob);
    const { prompts } = answering(passphrases);
    await expect(connectWith({ target: server.target, identityFiles, prompts })).rejects.toMatchObject({
      code,
      details: { file: join(folder, name) },
    });
    expect(server.connections()).toBe(1);
  });

  it('are named where one was refused and others stayed locked', async () => {
    await using server = await sshServer(null);
    const { prompts } = answering({ [first.file]: ['no'], [second.file]: ['two'] });
    const options = { target: server.target, identityFiles: [first.file, second.file], prompts };
    await expect(connectWith(options)).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      message:
        `127.0.0.1:${server.target.port} did not let me in with the key offered.` +
        ` That is not the passphrase of the key ${first.file}.`,
      details: { tried: [second.file] },
    });
  });
});

it('shows what a server calls its methods made visible, and cut', async () => {
  const key = newKey('plain');
  await using server = await sshServer(null, ['pass\u001b[2Jword', `\u202e${'x'.repeat(5_000)}`]);
  const methods = ['pass␛[2Jword', `\\u{202e}${'x'.repeat(191)}…`];
  await expect(connectWith({ target: server.target, identityFiles: [key.file] })).rejects.toMatchObject({
    code: 'AUTH_FAILED',
    details: { methods },
    hint: expect.stringMatching(
      /^The host lets me in only by pass␛\[2Jword or \\u\{202e\}x{10,200}…\. Allow public keys/,
    ),
  });
});
