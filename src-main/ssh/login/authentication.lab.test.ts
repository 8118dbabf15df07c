import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../../lab/run.ts';
import { type KeyType, writeClientKey } from '../../../lab/ssh-keys.ts';
import { type Sshd, startSshd } from '../../../lab/sshd.ts';
import { describeSshd } from '../../../lab/vitest.ts';
import { AppError } from '../../kernel/errors.ts';
import { anyHostKey, nobody } from '../connection.fixture.ts';
import type { SshPrompts } from '../connection-types.ts';
import { registeredCommand } from '../exec-gate.ts';
import { hopOf } from '../hop.fixture.ts';
import type { Hop } from '../hop.ts';
import { logIn, person } from './hop-login.fixture.ts';
import type { HopLoginOptions } from './hop-login.ts';

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

  const at = (changes: Partial<Hop>, server: Sshd = sshd) => ({
    hop: hopOf({ user: server.user, port: server.port, ...changes }),
  });
  /** What logging in failed with, as far as an operator sees it. */
  const failure = async (options: Parameters<typeof logIn>[0]) => {
    try {
      await using _connection = await logIn(options);
      return 'logged in';
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { code: error.code, message: error.message };
    }
  };
  const newKey = (name: string, type: KeyType = 'ed25519', passphrase = '') =>
    writeClientKey(folder, { type, passphrase, name });

  /** What sshd has logged of logins since `from`, in its words: key offers that were refused, and the login itself. */
  function attempts(from: number, server: Sshd = sshd) {
    const log = server.log().slice(from);
    return {
      refused: log.match(/Failed publickey for /g)?.length ?? 0,
      accepted: log.match(/Accepted (\S+) for \S+/g)?.map((line) => line.split(' ')[1]) ?? [],
      none: /ssh-connection method none/.test(log),
    };
  }

  /** sshd answers first and logs then, so what it says of a refusal is to be read a moment after that. */
  const logged = () => new Promise((resolve) => setTimeout(resolve, 300));

  it.each(['ed25519', 'ecdsa', 'rsa'] as const)('works with a %s key file', async (type) => {
    const key = await newKey(`file_${type}`, type);
    await sshd.authorize(key.publicKey);
    await using connection = await logIn(at({ identityFiles: [key.file] }));
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
      await using _connection = await logIn(at({ agentSocket: agent.socket, identityFiles: null }));
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
    await using connection = await logIn({
      ...at({ agentSocket: agent.socket, identityFiles: null, homeDir: home }),
      prompts,
    });
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
        await logged();
        asked.push(`${file} ${attempt} after ${attempts(from).refused} refused`);
        return answers.shift() ?? null;
      },
    };
    const from = sshd.log().length;
    await using connection = await logIn({ ...at({ identityFiles: [locked.file, stranger.file] }), prompts });
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
    expect(await failure({ ...at({ identityFiles: [locked.file] }), prompts })).toMatchObject({ code });
    expect(
      sshd
        .log()
        .slice(from)
        .match(/Connection from/g),
    ).toHaveLength(1);
    await logged();
    // `none` only asks what the host takes: nobody should type a passphrase for one that takes no keys.
    expect(attempts(from)).toEqual({ refused: 0, accepted: [], none: true });
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
        await logged();
        asked.push(`${locks[files.indexOf(file)]} ${attempt} after ${attempts(from).refused} refused`);
        if (file === files[0]) return attempt === 1 ? 'wrong' : null;
        return locks[files.indexOf(file)] ?? null;
      },
    };
    await using _connection = await logIn({ ...at({ identityFiles: files }), prompts });
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
    const policy: HopLoginOptions['policy'] = {
      ...anyHostKey,
      check: async () => ({ kind: 'refused', error: new AppError('HOST_KEY_REVOKED', 'Revoked.') }) as const,
    };
    expect(await failure({ ...at({ identityFiles: [locked.file] }), prompts, policy })).toEqual({
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
    const changes = at({ identityFiles: [stranger.file], agentSocket: agent.socket });
    await expect(logIn(changes)).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      message: `${where} did not let ${sshd.user} in with any of the 2 keys offered.`,
      details: { tried: [stranger.file, 'ssh-agent: binnacle-lab'], unusable: [], broken: [], agent: null },
      hint: expect.stringMatching(
        /^Check the user name, and that the key stands in .*sshd's log says why: AllowUsers /,
      ),
    });
    await logged();
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
    expect(await failure(at({ agentSocket: agent.socket, identityFiles: null }))).toMatchObject({
      code: 'AUTH_FAILED',
      message: expect.stringMatching(/any of the 6 keys offered\. 2 more were not tried\./),
    });
    await logged();
    expect(attempts(from).refused).toBe(6);
  });

  it('fails with AUTH_FAILED too where sshd hangs up after fewer keys than were offered', async () => {
    await using server = await startSshd({ extraConfig: ['MaxAuthTries 2'] });
    const files = await Promise.all(['few_1', 'few_2', 'few_3'].map(async (name) => (await newKey(name)).file));
    expect(await failure(at({ identityFiles: files }, server))).toMatchObject({ code: 'AUTH_FAILED' });
  });

  it('opens an encrypted key also where sshd hung up on the first without naming what it takes', async () => {
    await using server = await startSshd({ extraConfig: ['MaxAuthTries 1'] });
    const [stranger, locked] = [await newKey('hung_up_on'), await newKey('locked_late', 'ed25519', 'secret')];
    await server.authorize(locked.publicKey);
    const { prompts } = person({ passphrases: { [locked.file]: ['secret'] } });
    await using connection = await logIn({ ...at({ identityFiles: [stranger.file, locked.file] }, server), prompts });
    expect(connection.loginKeyFingerprint).toBe(locked.fingerprint);
  });

  it('gives the second of two keys that the host wants, and says what it accepted where there is none', async () => {
    await using server = await startSshd({ extraConfig: ['AuthenticationMethods publickey,publickey'] });
    const [one, two] = [await newKey('one_of_two'), await newKey('two_of_two', 'ed25519', 'secret')];
    await server.authorize(one.publicKey);
    await server.authorize(two.publicKey);
    await using agent = await startAgent(folder);
    await agent.add(one.file);
    const { asked, prompts } = person({ passphrases: { [two.file]: ['secret'] } });
    const hop = at({ identityFiles: [two.file], agentSocket: agent.socket }, server);
    await using connection = await logIn({ ...hop, prompts });
    expect([asked, connection.report()[0]?.login.label]).toEqual([
      ['passphrase two_of_two 1'],
      `binnacle-lab, ${two.file}`,
    ]);
    // Which methods are left after a key of an agent ssh2 does not say.
    await expect(logIn(at({ agentSocket: agent.socket }, server))).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      message: `127.0.0.1:${server.port} accepted ssh-agent: binnacle-lab, and wants a further proof (publickey), which was not given.`,
      details: { tried: ['ssh-agent: binnacle-lab'], methods: ['publickey'] },
    });
  });

  it.each(['file', 'agent'] as const)(
    'gives a password beside a key of %s, once, in the same connection',
    async (where) => {
      await using server = await startSshd({
        extraConfig: ['AuthenticationMethods publickey,password', 'PasswordAuthentication yes', 'PermitRootLogin yes'],
      });
      const key = await newKey(`beside_${where}`);
      await server.authorize(key.publicKey);
      await using agent = await startAgent(folder);
      await agent.add(key.file);
      const { asked, prompts } = person({ passwords: ['certainly wrong', 'never'] });
      const from = where === 'file' ? { identityFiles: [key.file] } : { agentSocket: agent.socket };
      expect(await failure({ ...at(from, server), prompts })).toEqual({
        code: 'AUTH_FAILED',
        message: `127.0.0.1:${server.port} did not take the password of ${server.user}.`,
      });
      await server.waitForLog(/Failed password for/);
      expect([asked, server.log().match(/Partial publickey for/g), server.log().match(/Failed password for/g)]).toEqual(
        [['password', 'wrong password'], ['Partial publickey for'], ['Failed password for']],
      );
      expect(server.log().match(/Connection from/g)).toHaveLength(1);
    },
  );

  it('gives a password alone in a connection of its own, also after sshd hung up on the keys', async () => {
    await using server = await startSshd({
      extraConfig: ['MaxAuthTries 2', 'PasswordAuthentication yes', 'PermitRootLogin yes'],
    });
    const files = await Promise.all(['used_1', 'used_2', 'used_3'].map(async (name) => (await newKey(name)).file));
    const open: number[] = [];
    const prompts: SshPrompts = {
      ...nobody,
      async password() {
        await logged();
        open.push(server.sessionPids().length);
        return 'certainly wrong';
      },
    };
    expect(await failure({ ...at({ identityFiles: files }, server), prompts })).toMatchObject({
      code: 'AUTH_FAILED',
      message: `127.0.0.1:${server.port} did not take the password of ${server.user}.`,
    });
    await server.waitForLog(/Failed password for/);
    expect([
      open,
      server.log().match(/Connection from/g)?.length,
      server.log().match(/Failed password/g)?.length,
    ]).toEqual([[0], 2, 1]);
  });

  it('asks for no password where the host takes none, nor sends one where the key of the host is refused', async () => {
    const { asked, prompts } = person({ passwords: ['secret'] });
    expect(await failure({ ...at({}), prompts })).toMatchObject({ code: 'AUTH_NO_CREDENTIALS' });
    expect(asked).toEqual([]);
  });

  it('says by what else the host lets in', async () => {
    const key = await newKey('only_passwords');
    await using server = await startSshd({ extraConfig: ['PubkeyAuthentication no', 'PasswordAuthentication yes'] });
    await expect(logIn(at({ identityFiles: [key.file] }, server))).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      details: { methods: ['password'] },
      hint: expect.stringContaining(`lets ${server.user} in only by password.`),
    });
  });

  it.each([
    ['', { portForwarding: true, command: false, pty: true }],
    ['restrict', { portForwarding: false, command: false, pty: false }],
    ['restrict,port-forwarding', { portForwarding: true, command: false, pty: false }],
    ['command="echo forced"', { portForwarding: true, command: true, pty: true }],
    ['no-port-forwarding,expiry-time="20991231"', { portForwarding: false, command: false, pty: true }],
  ])('knows what sshd tells of a key with the options "%s"', async (options, expected) => {
    const key = await newKey(`options_${options.replaceAll(/\W/g, '_')}`);
    await sshd.authorize(key.publicKey, options === '' ? undefined : options);
    await using connection = await logIn(at({ identityFiles: [key.file] }));
    await connection.exec(registeredCommand('true', {}), new AbortController().signal).catch(() => {});
    expect(connection.keyOptions).toEqual(expected);
  });

  it('tells what it was let in with, and by what it is protected', async () => {
    const key = await newKey('told');
    await sshd.authorize(key.publicKey);
    const seen: string[] = [];
    await using connection = await logIn({
      ...at({ identityFiles: [key.file] }),
      onEvent: (event) => void (event.kind === 'passed' && seen.push(`${event.step}: ${event.seen}`)),
    });
    expect(seen).toEqual([
      'resolve: 127.0.0.1',
      'reach: 127.0.0.1',
      `host-key: ssh-ed25519 ${sshd.hostKeys[0]?.fingerprint} known`,
      `authenticate: key ${key.file}`,
    ]);
    expect(connection.report()).toMatchObject([
      {
        software: expect.stringMatching(/^OpenSSH_\d/),
        hostKey: { type: 'ssh-ed25519', fingerprint: sshd.hostKeys[0]?.fingerprint },
        login: { method: 'key', label: key.file, fingerprint: key.fingerprint },
        algorithms: { kex: 'curve25519-sha256', hostKey: 'ssh-ed25519', cipher: 'aes128-gcm@openssh.com', mac: null },
      },
    ]);
  });

  it('calls a cipher weak only where sshd does no strict key exchange (OpenSSH 9.6, and older ones that were mended)', async () => {
    await using server = await startSshd({ extraConfig: ['Ciphers chacha20-poly1305@openssh.com'] });
    const { clientKeyFile } = server;
    const strict = await run('sh', [
      '-c',
      `ssh -vv -F none -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i ${clientKeyFile} -p ${server.port} ${server.user}@127.0.0.1 true 2>&1`,
    ]).then((log) => log.includes('kex-strict-s-v00@openssh.com'));
    await using connection = await logIn(at({ identityFiles: [clientKeyFile] }, server));
    const [report] = connection.report();
    expect([report?.algorithms.cipher, report?.weak.map(({ name }) => name)]).toEqual([
      'chacha20-poly1305@openssh.com',
      strict ? [] : ['chacha20-poly1305@openssh.com'],
    ]);
  });

  it('tells a named file that is broken before it connects', async () => {
    const file = join(folder, 'broken');
    await writeFile(file, 'not a key', { mode: 0o600 });
    const from = sshd.log().length;
    expect(await failure(at({ identityFiles: [file] }))).toMatchObject({ code: 'KEY_INVALID' });
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
