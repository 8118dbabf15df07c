import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type ParsedKey } from 'ssh2';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/clock.ts';
import { AgentIdentity, listIdentities } from './agent.ts';
import { generateKeyPair } from './key-pair.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'binnacle-agent-'));
const socketPath = join(folder, 'agent.sock');
let server: Server | null = null;

afterAll(() => rmSync(folder, { recursive: true }));

afterEach(() => {
  server?.close();
  rmSync(socketPath, { force: true });
});

/** An agent that answers every message with `answer`, in chunks of `size` bytes; null: never. */
async function fakeAgent(answer: Buffer | null, size = 7): Promise<Buffer[]> {
  const asked: Buffer[] = [];
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      asked.push(data);
      if (answer === null) return;
      for (let start = 0; start < answer.length; start += size) socket.write(answer.subarray(start, start + size));
    });
  });
  await new Promise<void>((resolve) => server?.listen(socketPath, resolve));
  return asked;
}

const uint32 = (value: number) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);
const field = (data: Buffer | string) => Buffer.concat([uint32(Buffer.byteLength(data)), Buffer.from(data)]);
const message = (...parts: Buffer[]) => field(Buffer.concat(parts));
const hurried = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 20, signal) };
const options = { clock: hurried, signal: new AbortController().signal };

function generated(type: 'ed25519' | 'rsa'): ParsedKey {
  const pair = type === 'rsa' ? generateKeyPair('rsa', { bits: 2048 }) : generateKeyPair(type);
  return ssh2.utils.parseKey(pair.private) as ParsedKey;
}

describe('listIdentities', () => {
  it('lists the keys in order, and names those that ssh2 would drop silently', async () => {
    const key = generated('ed25519');
    const security = Buffer.concat([field('sk-ssh-ed25519@openssh.com'), field('x'.repeat(32)), field('ssh:')]);
    const certificate = Buffer.concat([field('ssh-ed25519-cert-v01@openssh.com'), field('nonce')]);
    await fakeAgent(
      message(
        Buffer.of(12),
        uint32(3),
        field(security),
        field('yubikey \u202e'),
        field(key.getPublicSSH()),
        field('me@home'),
        field(certificate),
        field('work'),
      ),
    );
    const { keys, unusable } = await listIdentities(socketPath, options);
    expect({ keys: keys.map(({ type, comment }) => ({ type, comment })), unusable }).toEqual({
      keys: [{ type: 'ssh-ed25519', comment: 'me@home' }],
      unusable: [
        { type: 'sk-ssh-ed25519@openssh.com', comment: 'yubikey \\u{202e}' },
        { type: 'ssh-ed25519-cert-v01@openssh.com', comment: 'work' },
      ],
    });
  });

  it('is empty for an agent without keys', async () => {
    await fakeAgent(message(Buffer.of(12), uint32(0)));
    expect(await listIdentities(socketPath, options)).toEqual({ keys: [], unusable: [] });
  });

  it.each([
    ['says nothing', null, `ssh-agent at ${socketPath} did not answer within 2 s.`],
    ['refuses', message(Buffer.of(5)), 'gave an answer that is not that of an ssh-agent'],
    ['promises more keys than it has', message(Buffer.of(12), uint32(9)), 'gave an answer that is not'],
    ['is not an agent', Buffer.from('HTTP/1.1 400 Bad Request\r\n'), 'gave an answer that is not'],
    ['sends an empty message', uint32(0), 'gave an answer that is not'],
  ])('is unreachable where it %s', async (_, answer, text) => {
    await fakeAgent(answer);
    await expect(listIdentities(socketPath, options)).rejects.toMatchObject({
      code: 'AGENT_UNREACHABLE',
      message: expect.stringContaining(text),
    });
  });

  it('is unreachable where nobody listens', async () => {
    await expect(listIdentities(join(folder, 'none'), options)).rejects.toMatchObject({
      code: 'AGENT_UNREACHABLE',
      message: `ssh-agent at ${join(folder, 'none')} cannot be reached (ENOENT).`,
    });
  });

  it('ends with the error of the signal', async () => {
    await fakeAgent(null);
    const stop = new AbortController();
    const listing = listIdentities(socketPath, { clock: systemClock, signal: stop.signal });
    stop.abort();
    await expect(listing).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('AgentIdentity', () => {
  const data = Buffer.from('session and request');

  function signWith(key: ParsedKey, hash?: 'sha1' | 'sha256' | 'sha512') {
    const told: (string | null)[] = [];
    const listener = {
      begun: () => void told.push('begun'),
      ended: (problem: string | null) => void told.push(problem),
    };
    const agent = new AgentIdentity(socketPath, key, options.signal, listener);
    const { promise, resolve } = Promise.withResolvers<Buffer | string>();
    agent.sign(key, data, hash === undefined ? {} : { hash }, (error, signature) =>
      resolve(error ? error.message : (signature ?? 'nothing')),
    );
    return promise.then((result) => ({ result, told }));
  }

  it('asks for exactly the signature wanted, and gives back its bytes', async () => {
    const key = generated('rsa');
    const asked = await fakeAgent(
      message(Buffer.of(14), field(Buffer.concat([field('rsa-sha2-512'), field('signed')]))),
    );
    expect(await signWith(key, 'sha512')).toEqual({ result: Buffer.from('signed'), told: ['begun', null] });
    expect(asked).toEqual([message(Buffer.of(13), field(key.getPublicSSH()), field(data), uint32(4))]);
  });

  it('never asks for a SHA-1 signature', async () => {
    const asked = await fakeAgent(null);
    const refusal = 'the server accepts only SHA-1 signatures of RSA keys';
    expect(await signWith(generated('rsa'), 'sha1')).toEqual({ result: refusal, told: ['begun', refusal] });
    expect(asked).toEqual([]);
  });

  it.each([
    ['refuses', message(Buffer.of(5)), 'ssh-agent refused to sign'],
    [
      'signs otherwise than asked',
      message(Buffer.of(14), field(Buffer.concat([field('ssh-rsa'), field('signed')]))),
      'ssh-agent signed with ssh-rsa, which was not asked for',
    ],
  ])('fails where the agent %s', async (_, answer, text) => {
    await fakeAgent(answer);
    expect(await signWith(generated('rsa'), 'sha256')).toEqual({ result: text, told: ['begun', text] });
  });
});
