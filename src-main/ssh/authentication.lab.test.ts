import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../lab/run.ts';
import { type KeyType, writeClientKey } from '../../lab/ssh-keys.ts';
import { type Sshd, startSshd } from '../../lab/sshd.ts';
import { describeSshd } from '../../lab/vitest.ts';
import { AppError } from '../kernel/errors.ts';
import { connectWith, failure, nobody } from './connection.fixture.ts';
import type { SshPrompts } from './connection-types.ts';

describeSshd('logging in', () => {
  let sshd: Sshd;
  let folder = '';
  beforeAll(async () => {
    sshd = await startSshd();
    folder = await mkdtemp(join(tmpdir(), 'binnacle-auth-'));
  });
  afterAll(async () => {
    await sshd.stop();
    await rm(folder, { recursive: true });
  });

  const at = (server: Sshd = sshd) => ({
    target: { user: server.user, host: '127.0.0.1', port: server.port, socketPath: '/run/docker.sock' },
  });
  const newKey = (name: string, type: KeyType = 'ed25519', passphrase = '') =>
    writeClientKey(folder, { type, passphrase, name });

  /** What sshd has logged of logins since `from`, in its words: key offers that were refused, and the login itself. */
  function attempts(from: number, server: Sshd = sshd) {
    const log = server.log().slice(from);
    return {
      refused: log.match(/Failed publickey for /g)?.length ?? 0,
      accepted: log.match(/Accepted (\S+) for \S+/g)?.map((line) => line.split(' ')[1]) ?? [],
      none: /Failed none|none for/.test(log),
    };
  }

  it.each(['ed25519', 'ecdsa', 'rsa'] as const)('works with a %s key file', async (type) => {
    const key = await newKey(`file_${type}`, type);
    await sshd.authorize(key.publicKey);
    await using connection = await connectWith({ ...at(), identityFiles: [key.file] });
    expect([connection.hostKeyFingerprint, connection.loginKeyFingerprint]).toEqual([
      sshd.hostKeys[0]?.fingerprint,
      await printedFingerprint(key.file),
    ]);
  });

  it('works with every type of key that a real ssh-agent holds, and sends no "none"', async () => {
    for (const type of ['ed25519', 'ecdsa', 'rsa'] as const) {
      await using agent = await startAgent(folder);
      const key = await newKey(`agent_${type}`, type);
      await sshd.authorize(key.publicKey);
      await agent.add(key.file);
      const from = sshd.log().length;
      await using _connection = await connectWith({ ...at(), agentSocket: agent.socket });
      await sshd.waitForLog(new RegExp(`Accepted publickey .*${escaped(key.fingerprint)}`));
      expect(attempts(from)).toEqual({ refused: 0, accepted: ['publickey'], none: false });
    }
  });

  it('tries the agent before the default files, and asks for no passphrase where a key before it is taken', async () => {
    await using agent = await startAgent(folder);
    const known = await newKey('known');
    const home = join(folder, 'home');
    await run('mkdir', ['-p', join(home, '.ssh')]);
    await writeClientKey(join(home, '.ssh'), { type: 'rsa', passphrase: 'secret' });
    await sshd.authorize(known.publicKey);
    await agent.add((await newKey('stranger')).file);
    await agent.add(known.file);
    const from = sshd.log().length;
    const prompts: SshPrompts = { ...nobody, passphrase: () => Promise.reject(new Error('It was asked for.')) };
    await using connection = await connectWith({ ...at(), agentSocket: agent.socket, homeDir: home, prompts });
    await sshd.waitForLog(new RegExp(`Accepted publickey .*${escaped(known.fingerprint)}`));
    expect(connection.loginKeyFingerprint).toBe(await printedFingerprint(known.file));
    expect(attempts(from)).toEqual({ refused: 1, accepted: ['publickey'], none: false });
  });

  it('asks for the passphrase of an encrypted key after the rest was refused, and then connects once more', async () => {
    const [stranger, locked] = [await newKey('stranger2'), await newKey('locked', 'ed25519', 'right')];
    await sshd.authorize(locked.publicKey);
    const asked: string[] = [];
    const answers = ['wrong', 'right'];
    const prompts: SshPrompts = {
      ...nobody,
      async passphrase({ file, attempt }) {
        asked.push(`${file} ${attempt} after ${attempts(from).refused} refused`);
        return answers.shift() ?? null;
      },
    };
    const from = sshd.log().length;
    await using connection = await connectWith({ ...at(), identityFiles: [locked.file, stranger.file], prompts });
    expect(connection.loginKeyFingerprint).toBe(await printedFingerprint(locked.file));
    expect(asked).toEqual([`${locked.file} 1 after 1 refused`, `${locked.file} 2 after 1 refused`]);
    expect(
      sshd
        .log()
        .slice(from)
        .match(/Connection from/g),
    ).toHaveLength(2);
  });

  it.each([
    ['wrong three times', ['a', 'b', 'c'], 'PASSPHRASE_WRONG'],
    ['not given', [], 'PASSPHRASE_NEEDED'],
  ])('fails where the passphrase is %s, without a further try', async (_, answers: string[], code) => {
    const locked = await newKey(`locked_${code}`, 'ed25519', 'right');
    await sshd.authorize(locked.publicKey);
    const prompts: SshPrompts = { ...nobody, passphrase: async () => answers.shift() ?? null };
    const from = sshd.log().length;
    expect(await failure({ ...at(), identityFiles: [locked.file], prompts })).toMatchObject({ code });
    expect(
      sshd
        .log()
        .slice(from)
        .match(/Connection from/g),
    ).toHaveLength(1);
    expect(attempts(from)).toEqual({ refused: 0, accepted: [], none: false });
  });

  it('asks for the next passphrase only once the key before it was refused, whatever became of a third', async () => {
    const locks = ['unopened', 'refused', 'taken', 'unneeded'];
    const keys = [];
    for (const name of locks) keys.push(await newKey(`turn_${name}`, 'ed25519', name));
    const files = keys.map(({ file }) => file);
    await sshd.authorize(keys[2]?.publicKey ?? '');
    const from = sshd.log().length;
    const asked: string[] = [];
    const prompts: SshPrompts = {
      ...nobody,
      async passphrase({ file, attempt }) {
        asked.push(`${locks[files.indexOf(file)]} ${attempt} after ${attempts(from).refused} refused`);
        if (file === files[0]) return attempt === 1 ? 'wrong' : null;
        return locks[files.indexOf(file)] ?? null;
      },
    };
    await using _connection = await connectWith({ ...at(), identityFiles: files, prompts });
    expect(asked).toEqual([
      'unopened 1 after 0 refused',
      'unopened 2 after 0 refused',
      'refused 1 after 0 refused',
      'taken 1 after 1 refused',
    ]);
  });

  it('asks for no passphrase for a host whose key is not accepted', async () => {
    const locked = await newKey('locked_early', 'ed25519', 'right');
    const prompts: SshPrompts = { ...nobody, passphrase: () => Promise.reject(new Error('It was asked for.')) };
    const policy = {
      algorithms: async () => [],
      accept: async () => {},
      check: async () => ({ kind: 'refused', error: new AppError('HOST_KEY_REVOKED', 'Revoked.') }) as const,
    };
    expect(await failure({ ...at(), identityFiles: [locked.file], prompts, policy })).toEqual({
      code: 'HOST_KEY_REVOKED',
      message: 'Revoked.',
    });
  });

  it('fails once where no key is taken, naming what was tried and what could not be', async () => {
    await using agent = await startAgent(folder);
    const [stranger, held] = [await newKey('stranger3'), await newKey('held')];
    await agent.add(held.file);
    const from = sshd.log().length;
    const where = `127.0.0.1:${sshd.port}`;
    const changes = { ...at(), identityFiles: [stranger.file], agentSocket: agent.socket };
    await expect(connectWith(changes)).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      message: `${where} did not let ${sshd.user} in with any of the 2 keys offered.`,
      details: { tried: [stranger.file, 'ssh-agent: binnacle-lab'], unusable: [], broken: [], agent: null },
      hint: `Check the user name, and that the key stands in ~/.ssh/authorized_keys of ${sshd.user} on the host.`,
    });
    expect(attempts(from)).toEqual({ refused: 2, accepted: [], none: false });
    expect(
      sshd
        .log()
        .slice(from)
        .match(/Connection from/g),
    ).toHaveLength(1);
  });

  it('offers six keys of an agent that holds more, and says that the rest were not tried', async () => {
    await using agent = await startAgent(folder);
    for (let number = 1; number <= 8; number += 1) await agent.add((await newKey(`many_${number}`)).file);
    const from = sshd.log().length;
    expect(await failure({ ...at(), agentSocket: agent.socket })).toMatchObject({
      code: 'AUTH_FAILED',
      message: expect.stringMatching(/any of the 6 keys offered\. 2 more were not tried\./),
    });
    expect(attempts(from).refused).toBe(6);
  });

  it('fails with AUTH_FAILED too where sshd hangs up after fewer keys than were offered', async () => {
    await using server = await startSshd({ extraConfig: ['MaxAuthTries 2'] });
    const files = await Promise.all(['few_1', 'few_2', 'few_3'].map(async (name) => (await newKey(name)).file));
    expect(await failure({ ...at(server), identityFiles: files })).toMatchObject({ code: 'AUTH_FAILED' });
  });

  it('says what else the host wants', async () => {
    const key = await newKey('first_of_two');
    await using twoKeys = await startSshd({ extraConfig: ['AuthenticationMethods publickey,publickey'] });
    await twoKeys.authorize(key.publicKey);
    await using passwords = await startSshd({
      extraConfig: ['PubkeyAuthentication no', 'PasswordAuthentication yes'],
    });
    await expect(connectWith({ ...at(twoKeys), identityFiles: [key.file] })).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      message: expect.stringContaining('It accepted a key and wants a second proof, which Binnacle cannot give yet.'),
    });
    await expect(connectWith({ ...at(passwords), identityFiles: [key.file] })).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      details: { methods: ['password'] },
      hint: expect.stringContaining(`lets ${passwords.user} in only by password.`),
    });
  });

  it('tells a named file that is broken before it connects', async () => {
    const file = join(folder, 'broken');
    await writeFile(file, 'not a key', { mode: 0o600 });
    const from = sshd.log().length;
    expect(await failure({ ...at(), identityFiles: [file] })).toMatchObject({ code: 'KEY_INVALID' });
    expect(sshd.log().slice(from)).toBe('');
  });
});

interface Agent extends AsyncDisposable {
  readonly socket: string;
  add(file: string): Promise<void>;
}

/** A real ssh-agent of our own. */
async function startAgent(folder: string): Promise<Agent> {
  const home = await mkdtemp(join(folder, 'agent-'));
  const socket = join(home, 's');
  // -D: it stays our child, so that it can be ended by what we hold of it.
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return {
    socket,
    add: async (file) => void (await run('env', [`SSH_AUTH_SOCK=${socket}`, 'ssh-add', '-q', file])),
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}

/** As in `256 SHA256:… comment (ED25519)`. */
async function printedFingerprint(file: string): Promise<string | undefined> {
  return (await run('ssh-keygen', ['-lf', `${file}.pub`])).split(' ')[1];
}

const escaped = (text: string) => text.replaceAll(/[+/.]/g, '\\$&');
