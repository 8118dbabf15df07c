import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { nobody } from '../connection.fixture.ts';
import type { SshPrompts } from '../connection-types.ts';
import { hopOf } from '../hop.fixture.ts';
import type { Hop } from '../hop.ts';
import { gatherCredentials, type Offer, unlock } from './authentication.ts';
import type { LockedKeyFile } from './key-files.ts';
import { generateKeyPair } from './key-pair.fixture.ts';

const signal = new AbortController().signal;
const asking = { hop: hopOf(), isJump: false };
let home = '';
let agent: Server | null = null;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'binnacle-home-'));
  mkdirSync(join(home, '.ssh'));
});
afterEach(() => {
  agent?.close();
  agent = null;
  rmSync(home, { recursive: true });
});

function keyFile(name: string, passphrase?: string): { file: string; blob: Buffer } {
  const pair = generateKeyPair(
    'ed25519',
    passphrase === undefined ? {} : { passphrase, cipher: 'aes256-ctr', rounds: 4 },
  );
  const file = join(home, '.ssh', name);
  writeFileSync(file, pair.private, { mode: 0o600 });
  return { file, blob: Buffer.from(pair.public.split(' ')[1] ?? '', 'base64') };
}

const uint32 = (value: number) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);
const field = (data: Buffer | string) => Buffer.concat([uint32(data.length), Buffer.from(data)]);

async function agentWith(...blobs: readonly Buffer[]): Promise<string> {
  const body = blobs.flatMap((blob, index) => [field(blob), field(`key ${index}`)]);
  const answer = field(Buffer.concat([Buffer.of(12), uint32(blobs.length), ...body]));
  agent = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.write(answer)));
  const path = join(home, 'agent.sock');
  await new Promise<void>((resolve) => agent?.listen(path, resolve));
  return path;
}

function publicKey(): Buffer {
  const pair = generateKeyPair('ed25519');
  return Buffer.from(pair.public.split(' ')[1] ?? '', 'base64');
}

type Changes = Partial<Pick<Hop, 'namedFiles' | 'identitiesOnly' | 'methods'>>;

async function gather(identityFiles: readonly string[] | null, agentSocket: string | null, changes: Changes = {}) {
  const hop = hopOf({ identityFiles, homeDir: home, agentSocket, ...changes });
  const found = await gatherCredentials({ hop, clock: systemClock, signal });
  return {
    offers: found.offers.map(({ label }) => label.replace(home, '~')),
    locked: found.locked.map(({ file }) => file.replace(home, '~')),
    broken: found.notes.broken.map(({ code }) => code),
    agent: found.notes.agent.kind === 'unreachable' ? found.notes.agent.problem.code : found.notes.agent,
  };
}

describe('gatherCredentials', () => {
  it('takes the agent first and then the default files, where none are named', async () => {
    keyFile('id_rsa');
    keyFile('id_ecdsa', 'secret');
    keyFile('id_ed25519');
    keyFile('other');
    expect(await gather(null, await agentWith(publicKey(), publicKey()))).toEqual({
      offers: ['ssh-agent: key 0', 'ssh-agent: key 1', '~/.ssh/id_ed25519', '~/.ssh/id_rsa'],
      locked: ['~/.ssh/id_ecdsa'],
      broken: [],
      agent: { kind: 'asked', held: 2, heldBack: 0 },
    });
  });

  it('takes named files first and then the agent, and leaves the default files alone', async () => {
    keyFile('id_ed25519');
    const [first, second] = [keyFile('b'), keyFile('a')];
    expect(await gather([first.file, second.file], await agentWith(publicKey()))).toEqual({
      offers: ['~/.ssh/b', '~/.ssh/a', 'ssh-agent: key 0'],
      locked: [],
      broken: [],
      agent: { kind: 'asked', held: 1, heldBack: 0 },
    });
  });

  it('offers a key once, and asks for no passphrase where the agent holds the key: first, if it was named', async () => {
    const [open, locked] = [keyFile('id_rsa'), keyFile('id_ed25519', 'secret')];
    const socket = await agentWith(publicKey(), open.blob, locked.blob);
    expect(await gather(null, socket)).toEqual({
      offers: ['ssh-agent: key 0', 'ssh-agent: key 1', 'ssh-agent: key 2'],
      locked: [],
      broken: [],
      agent: { kind: 'asked', held: 3, heldBack: 0 },
    });
    expect(await gather([locked.file], socket)).toEqual({
      offers: ['ssh-agent: key 2', 'ssh-agent: key 0', 'ssh-agent: key 1'],
      locked: [],
      broken: [],
      agent: { kind: 'asked', held: 3, heldBack: 0 },
    });
  });

  it('gives up at once with whoever wants it, whatever the file system does', async () => {
    const key = keyFile('id_ed25519');
    for (const identityFiles of [null, [key.file]]) {
      const stop = new AbortController();
      const hop = hopOf({ identityFiles, homeDir: home });
      const gathering = gatherCredentials({ hop, clock: systemClock, signal: stop.signal });
      stop.abort(new AppError('CANCELLED', 'Enough.'));
      await expect(gathering).rejects.toMatchObject({ message: 'Enough.' });
    }
  });

  it('goes on without a default file that is broken, and without an agent that is gone, and notes both', async () => {
    keyFile('id_ed25519');
    writeFileSync(join(home, '.ssh', 'id_rsa'), 'not a key', { mode: 0o600 });
    expect(await gather(null, join(home, 'gone'))).toEqual({
      offers: ['~/.ssh/id_ed25519'],
      locked: [],
      broken: ['KEY_INVALID'],
      agent: 'AGENT_UNREACHABLE',
    });
  });

  it('fails for a named file that is broken or missing, though the agent has keys', async () => {
    const socket = await agentWith(publicKey());
    writeFileSync(join(home, 'broken'), 'not a key', { mode: 0o600 });
    await expect(gather([join(home, 'broken')], socket)).rejects.toMatchObject({ code: 'KEY_INVALID' });
    await expect(gather([join(home, 'missing')], socket)).rejects.toMatchObject({
      code: 'KEY_UNREADABLE',
      message: `The key file ${join(home, 'missing')} does not exist.`,
    });
  });

  it('goes on without a file that only ssh_config names and that is missing or broken, as ssh does', async () => {
    const key = keyFile('b');
    writeFileSync(join(home, 'broken'), 'not a key', { mode: 0o600 });
    const files = [key.file, join(home, 'broken'), join(home, 'missing')];
    expect(await gather(files, null, { namedFiles: 1 })).toEqual({
      offers: ['~/.ssh/b'],
      locked: [],
      broken: ['KEY_INVALID', 'KEY_UNREADABLE'],
      agent: { kind: 'none' },
    });
    await expect(gather(files, null, { namedFiles: 2 })).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });

  it('takes a public half that was named for the key of the agent, wherever it stands', async () => {
    const pairs = [generateKeyPair('ed25519'), generateKeyPair('ed25519'), generateKeyPair('ed25519')];
    const blobs = pairs.map((pair) => Buffer.from(pair.public.split(' ')[1] ?? '', 'base64'));
    const socket = await agentWith(...blobs);
    writeFileSync(join(home, 'named.pub'), pairs[1]?.public ?? '', { mode: 0o644 });
    writeFileSync(join(home, 'beside.pub'), pairs[2]?.public ?? '', { mode: 0o644 });
    const files = [join(home, 'named.pub'), join(home, 'beside')];
    expect(await gather(files, socket)).toMatchObject({
      offers: ['ssh-agent: key 1', 'ssh-agent: key 2', 'ssh-agent: key 0'],
    });
    await expect(gather(files, null)).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });

  it('has the agent sign only for keys among the files where ssh_config says so', async () => {
    const [open, locked, usual] = [keyFile('a'), keyFile('b', 'secret'), keyFile('id_ed25519')];
    const socket = await agentWith(publicKey(), locked.blob, usual.blob);
    const identitiesOnly = true;
    expect([
      await gather([open.file, locked.file], socket, { identitiesOnly }),
      await gather(null, socket, { identitiesOnly }),
      await gather([], socket, { identitiesOnly }),
    ]).toMatchObject([
      { offers: ['~/.ssh/a', 'ssh-agent: key 1'], locked: [], agent: { held: 3, heldBack: 2 } },
      { offers: ['ssh-agent: key 2'], agent: { held: 3, heldBack: 2 } },
      { offers: [], agent: { held: 3, heldBack: 3 } },
    ]);
  });

  it('reads no key and asks no agent where ssh_config lets none be tried', async () => {
    const methods = { publicKey: false, keyboardInteractive: true, password: true };
    expect(await gather([join(home, 'missing')], join(home, 'gone'), { methods })).toEqual({
      offers: [],
      locked: [],
      broken: [],
      agent: { kind: 'none' },
    });
  });
});

describe('unlock', () => {
  const answering = (...answers: (string | null)[]): SshPrompts & { asked: string[] } => {
    const asked: string[] = [];
    return {
      ...nobody,
      asked,
      async passphrase({ file, attempt }) {
        asked.push(`${file.replace(home, '~')} ${attempt}`);
        return answers.shift() ?? null;
      },
    };
  };

  async function lockedFile(): Promise<LockedKeyFile> {
    keyFile('id_rsa', 'secret');
    const options = { hop: hopOf({ identityFiles: null, homeDir: home }), clock: systemClock, signal };
    const [file] = (await gatherCredentials(options)).locked;
    if (file === undefined) throw new Error('not locked');
    return file;
  }

  const told = (result: Offer | AppError) =>
    result instanceof AppError ? [result.code, result.details] : result.label.replace(home, '~');

  it('asks again after a wrong passphrase', async () => {
    const prompts = answering('wrong', '', 'secret');
    const result = await unlock(await lockedFile(), { ...asking, prompts, signal });
    expect([told(result), prompts.asked]).toEqual([
      '~/.ssh/id_rsa',
      ['~/.ssh/id_rsa 1', '~/.ssh/id_rsa 2', '~/.ssh/id_rsa 3'],
    ]);
  });

  it.each([
    ['nobody answers', [null], 1, 'PASSPHRASE_NEEDED'],
    ['there is a wrong answer and no other', ['a', null], 2, 'PASSPHRASE_WRONG'],
    [
      'there are too many wrong ones',
      [...Array(limits.ssh.passphraseAttempts).fill('a'), 'secret'],
      limits.ssh.passphraseAttempts,
      'PASSPHRASE_WRONG',
    ],
  ] as const)('says why it stays locked where %s', async (_, answers, times, code) => {
    const prompts = answering(...answers);
    const result = await unlock(await lockedFile(), { ...asking, prompts, signal });
    expect([told(result), prompts.asked.length]).toEqual([[code, { file: join(home, '.ssh', 'id_rsa') }], times]);
  });

  it('ends with the error of the signal though the prompt does not heed it', async () => {
    const stop = new AbortController();
    const prompts: SshPrompts = { ...nobody, passphrase: () => new Promise(() => {}) };
    const unlocking = unlock(await lockedFile(), { ...asking, prompts, signal: stop.signal });
    stop.abort();
    await expect(unlocking).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
