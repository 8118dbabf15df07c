import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type LockedKeyFile, readKeyFile, unlockKey } from './key-files.ts';
import { generateKeyPair } from './key-pair.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'binnacle-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Buffer, mode = 0o600): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

const plain = generateKeyPair('ed25519', { comment: 'plain' });
const locked = generateKeyPair('ed25519', { passphrase: 'right', cipher: 'aes256-ctr', rounds: 4 });

describe('readKeyFile', () => {
  it('reads an unencrypted key', async () => {
    const file = await readKeyFile(write('plain', plain.private));
    expect(file.kind === 'ready' && `${file.key.type} ${file.key.getPublicSSH().toString('base64')} plain`).toBe(
      plain.public,
    );
  });

  it('knows the public half of an encrypted key before its passphrase', async () => {
    const file = await readKeyFile(write('locked', locked.private));
    expect(file.kind === 'locked' && `ssh-ed25519 ${file.publicKey?.toString('base64')}`).toBe(locked.public.trim());
  });

  it('finds an encrypted key of the old form locked, its public half unknown', async () => {
    const { private: old } = generateKeyPair('rsa', { bits: 2048 });
    const source = write('old', old);
    execFileSync('ssh-keygen', ['-q', '-p', '-m', 'PEM', '-N', 'right', '-f', source]);
    const file = await readKeyFile(source);
    expect(file).toMatchObject({ kind: 'locked', publicKey: null });
    expect(unlockKey(file as LockedKeyFile, 'wrong')).toBeNull();
    expect(unlockKey(file as LockedKeyFile, 'right')?.type).toBe('ssh-rsa');
  });

  it('is absent where there is none', async () => {
    const file = join(folder, 'nowhere');
    expect(await readKeyFile(file)).toEqual({ kind: 'absent', file, publicKey: null });
  });

  const broken = async (file: string) => {
    const read = await readKeyFile(file);
    return read.kind === 'broken' ? { code: read.error.code, hint: read.error.hint } : read;
  };

  it('refuses a key that others can read, as ssh does', async (context) => {
    if (process.platform === 'win32') context.skip('needs POSIX file modes');
    for (const mode of [0o640, 0o604, 0o620]) {
      const file = write('open', plain.private, mode);
      expect(await broken(file)).toEqual({
        code: 'KEY_PERMISSIONS',
        hint: `Make it yours alone: chmod 600 ${file}`,
      });
    }
  });

  const blob = Buffer.from(plain.public.split(' ')[1] ?? '', 'base64');

  it('knows a public key for what it is, however many may read it, and names the private half', async () => {
    const file = write('id.pub', plain.public, 0o644);
    expect(await readKeyFile(file)).toMatchObject({
      kind: 'public',
      publicKey: blob,
      error: { code: 'KEY_INVALID', hint: `Name the private half, ${file.slice(0, -4)}, or load it into ssh-agent.` },
    });
  });

  it('takes the public half that stands beside a file which has none, is broken, or is not there', async () => {
    const { private: old, public: line } = generateKeyPair('rsa', { bits: 2048 });
    const file = write('old-with-half', old);
    execFileSync('ssh-keygen', ['-q', '-p', '-m', 'PEM', '-N', 'right', '-f', file]);
    write('old-with-half.pub', line, 0o644);
    write('gone.pub', plain.public, 0o644);
    write('open-with-half', plain.private, 0o644);
    write('open-with-half.pub', plain.public, 0o644);
    expect([
      await readKeyFile(file),
      await readKeyFile(join(folder, 'gone')),
      await readKeyFile(join(folder, 'open-with-half')),
    ]).toMatchObject([
      { kind: 'locked', publicKey: Buffer.from(line.split(' ')[1] ?? '', 'base64') },
      { kind: 'absent', publicKey: blob },
      { kind: 'broken', publicKey: blob, error: { code: 'KEY_PERMISSIONS' } },
    ]);
  });

  it.each(['ssh-ed25519 AAAAoops x', `ssh-rsa ${plain.public.split(' ')[1]}`, 'nothing', ''])(
    'takes no half from %j',
    async (text) => {
      write('half.pub', text, 0o644);
      expect(await readKeyFile(join(folder, 'half'))).toMatchObject({ kind: 'absent', publicKey: null });
    },
  );

  const rewrite = (file: string) =>
    `If ssh can use it, "ssh-keygen -p -f ${file}" rewrites it in a form that Binnacle can read too.`;

  const itself = 'Name the file of the private key itself, such as ~/.ssh/id_ed25519.';

  it("says how a key in PuTTY's own form is exported, which ssh-keygen cannot do", async () => {
    const file = write('k.ppk', 'PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: x\n');
    expect(await broken(file)).toEqual({
      code: 'KEY_INVALID',
      hint: `Export it as an OpenSSH key, in PuTTYgen under Conversions or with "puttygen ${file} -O private-openssh -o NEW_FILE", and name that file.`,
    });
  });

  it.each([
    ['k-cert.pub', (file: string) => `Name the key that it is for, ${file.slice(0, -9)}, where`],
    ['certificate', () => 'Name the key that it is for where'],
  ])('knows a certificate for what it is: %s', async (name, named) => {
    const file = write(name, 'ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAx me\n', 0o644);
    expect(await readKeyFile(file)).toMatchObject({
      kind: 'broken',
      error: {
        code: 'KEY_INVALID',
        message: `The file ${file} holds a certificate, not a private key.`,
        hint: expect.stringContaining(named(file)),
      },
    });
  });

  it.each([
    ['empty', ''],
    ['text', 'hello\n'],
    ['PKCS#8', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n'],
    ['cut', plain.private.slice(0, plain.private.length / 2)],
    ['cut inside its armour', `${plain.private.slice(0, 120)}\n-----END OPENSSH PRIVATE KEY-----\n`],
    ['bytes', Buffer.from([0, 0, 0, 7, 255, 254])],
  ])('refuses %s', async (name, content) => {
    const file = write(name.replaceAll(/\W/g, '-'), content);
    expect(await broken(file)).toEqual({ code: 'KEY_INVALID', hint: rewrite(file) });
  });

  it('refuses a file too large, without reading it', async () => {
    const file = write('large', '');
    truncateSync(file, 1024 ** 4);
    expect(await broken(file)).toEqual({ code: 'KEY_INVALID', hint: itself });
  });

  it('refuses a folder, and a named pipe without waiting for its writer', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await broken(folder)).toEqual({ code: 'KEY_INVALID', hint: itself });
    expect(await broken(pipe)).toEqual({ code: 'KEY_INVALID', hint: itself });
  });

  it('names a security key for what it is', async () => {
    const text = (value: string) => Buffer.concat([Buffer.from([0, 0, 0, value.length]), Buffer.from(value)]);
    const blob = Buffer.concat([text('sk-ssh-ed25519@openssh.com'), text('x'.repeat(32)), text('ssh:')]);
    const count = Buffer.from([0, 0, 0, 1]);
    const body = Buffer.concat([
      Buffer.from('openssh-key-v1\0'),
      ...['none', 'none', ''].map(text),
      count,
      Buffer.from([0, 0, 0, blob.length]),
      blob,
      text('private part'),
    ]);
    const armour = `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`;
    expect(await broken(write('sk', armour))).toEqual({
      code: 'KEY_INVALID',
      hint: 'Binnacle cannot use security keys yet. Name another key with --identity, or load one into ssh-agent.',
    });
  });
});

describe('unlockKey', () => {
  it('opens with the right passphrase alone', async () => {
    const file = (await readKeyFile(write('locked', locked.private))) as LockedKeyFile;
    expect(['wrong', '', 'RIGHT', 'right'].map((passphrase) => unlockKey(file, passphrase)?.type ?? null)).toEqual([
      null,
      null,
      null,
      'ssh-ed25519',
    ]);
  });
});
