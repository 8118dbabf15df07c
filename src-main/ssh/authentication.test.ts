import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type AnyAuthMethod, type AuthenticationType, type ParsedKey } from 'ssh2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { emptyRecord, gatherCredentials, type Offer, offerInOrder, unlock } from './authentication.ts';
import type { SshPrompts } from './connection-types.ts';
import type { LockedKeyFile } from './key-files.ts';
import { generateKeyPair } from './key-pair.fixture.ts';

const signal = new AbortController().signal;
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

async function gather(identityFiles: readonly string[] | null, agentSocket: string | null) {
  const found = await gatherCredentials({ identityFiles, agentSocket, homeDir: home, clock: systemClock, signal });
  return {
    offers: found.offers.map(({ label }) => label.replace(home, '~')),
    locked: found.locked.map(({ file }) => file.replace(home, '~')),
    broken: found.notes.broken.map(({ code }) => code),
    agent: found.notes.agentProblem?.code ?? null,
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
      agent: null,
    });
  });

  it('takes named files first and then the agent, and leaves the default files alone', async () => {
    keyFile('id_ed25519');
    const [first, second] = [keyFile('b'), keyFile('a')];
    expect(await gather([first.file, second.file], await agentWith(publicKey()))).toEqual({
      offers: ['~/.ssh/b', '~/.ssh/a', 'ssh-agent: key 0'],
      locked: [],
      broken: [],
      agent: null,
    });
  });

  it('offers a key once, and asks for no passphrase where the agent holds the key: first, if it was named', async () => {
    const [open, locked] = [keyFile('id_rsa'), keyFile('id_ed25519', 'secret')];
    const socket = await agentWith(publicKey(), open.blob, locked.blob);
    expect(await gather(null, socket)).toEqual({
      offers: ['ssh-agent: key 0', 'ssh-agent: key 1', 'ssh-agent: key 2'],
      locked: [],
      broken: [],
      agent: null,
    });
    expect(await gather([locked.file], socket)).toEqual({
      offers: ['ssh-agent: key 2', 'ssh-agent: key 0', 'ssh-agent: key 1'],
      locked: [],
      broken: [],
      agent: null,
    });
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

  it('says what there was where nothing can be offered', async () => {
    await expect(gather(null, null)).rejects.toMatchObject({
      code: 'AUTH_NO_CREDENTIALS',
      message: 'There is no key to log in with.',
    });
    await expect(gather(null, join(home, 'gone'))).rejects.toMatchObject({ code: 'AGENT_UNREACHABLE' });
    const security = Buffer.concat([field('sk-ssh-ed25519@openssh.com'), field('x'.repeat(32)), field('ssh:')]);
    await expect(gather(null, await agentWith(security))).rejects.toMatchObject({
      code: 'AUTH_NO_CREDENTIALS',
      message:
        'There is no key to log in with. ssh-agent holds 1 that Binnacle cannot use yet (sk-ssh-ed25519@openssh.com).',
      details: { unusable: [{ type: 'sk-ssh-ed25519@openssh.com', comment: 'key 0' }], broken: [], agent: null },
    });
  });
});

describe('unlock', () => {
  const answering = (...answers: (string | null)[]): SshPrompts & { asked: string[] } => {
    const asked: string[] = [];
    return {
      asked,
      acceptHostKey: async () => 'unanswerable',
      async passphrase({ file, attempt }) {
        asked.push(`${file.replace(home, '~')} ${attempt}`);
        return answers.shift() ?? null;
      },
    };
  };

  async function lockedFile(): Promise<LockedKeyFile> {
    keyFile('id_rsa', 'secret');
    const options = { identityFiles: null, agentSocket: null, homeDir: home, clock: systemClock, signal };
    const [file] = (await gatherCredentials(options)).locked;
    if (file === undefined) throw new Error('not locked');
    return file;
  }

  const told = (result: Offer | AppError) =>
    result instanceof AppError ? [result.code, result.details] : result.label.replace(home, '~');

  it('asks again after a wrong passphrase', async () => {
    const prompts = answering('wrong', '', 'secret');
    const result = await unlock(await lockedFile(), prompts, signal);
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
    const result = await unlock(await lockedFile(), prompts, signal);
    expect([told(result), prompts.asked.length]).toEqual([[code, { file: join(home, '.ssh', 'id_rsa') }], times]);
  });

  it('ends with the error of the signal though the prompt does not heed it', async () => {
    const stop = new AbortController();
    const prompts: SshPrompts = { acceptHostKey: async () => 'reject', passphrase: () => new Promise(() => {}) };
    const unlocking = unlock(await lockedFile(), prompts, stop.signal);
    stop.abort();
    await expect(unlocking).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('offerInOrder', () => {
  const key = (type: 'ed25519' | 'rsa' = 'ed25519') => {
    const pair = type === 'rsa' ? generateKeyPair(type, { bits: 2048 }) : generateKeyPair(type);
    return ssh2.utils.parseKey(pair.private) as ParsedKey;
  };
  const offer = (label: string, agentSocket: string | null = null): Offer => ({ label, key: key(), agentSocket });
  type Ask = (left: AuthenticationType[] | null, partial: boolean | null) => AnyAuthMethod | false;
  const handler = (offers: readonly Offer[], record = emptyRecord()) =>
    offerInOrder('me', offers, record, signal) as unknown as Ask;

  it('offers each once, in order, and no more than a server takes; never none', () => {
    const record = emptyRecord();
    const labels = ['1', '2', '3', '4', '5', '6', '7'];
    const offers = labels.map((label) => offer(label, label === '2' ? '/agent' : null));
    const next = handler(offers, record);
    const types = [next(null, null), ...labels.map(() => next(['publickey', 'password'], false))].map(
      (method) => method && `${method.username} ${method.type}`,
    );
    expect({ types, record }).toEqual({
      types: ['me publickey', 'me agent', 'me publickey', 'me publickey', 'me publickey', 'me publickey', false, false],
      record: {
        tried: ['1', '2', '3', '4', '5', '6'],
        signed: new Map(),
        methodsLeft: ['publickey', 'password'],
        partial: false,
        lastKey: offers[5]?.key,
      },
    });
  });

  it('stops where the host takes no more keys', () => {
    const record = emptyRecord();
    const first = offer('1');
    const next = handler([first, offer('2')], record);
    next(null, null);
    expect({ answer: next(['password'], true), record }).toEqual({
      answer: false,
      record: { tried: ['1'], signed: new Map(), methodsLeft: ['password'], partial: true, lastKey: first.key },
    });
  });

  it('signs with SHA-2 and never with SHA-1', () => {
    const record = emptyRecord();
    const rsa = key('rsa');
    const method = handler([{ label: 'rsa', key: rsa, agentSocket: null }], record)(null, null);
    const offered = (method as { key: ParsedKey }).key;
    const data = Buffer.from('data');
    expect(rsa.verify(data, offered.sign(data, 'sha512'), 'sha512')).toBe(true);
    expect(offered.sign(data, 'sha1')).toEqual(new Error('the server accepts only SHA-1 signatures of RSA keys'));
    expect(ssh2.utils.parseKey(offered)).toBe(offered);
  });
});
