import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AppError } from '../../kernel/errors.ts';
import { anyHostKey, nobody } from '../connection.fixture.ts';
import type { ConnectEvent, SshPrompts } from '../connection-types.ts';
import { fingerprint } from '../host-keys/host-key.ts';
import type { HostKeyPolicy } from '../host-keys/host-key-policy.ts';
import { refuse, scriptedHost, takesKey } from '../scripted-host.fixture.ts';
import { KeyFolder, logIn, person } from './hop-login.fixture.ts';

const keys = new KeyFolder();
afterAll(() => keys[Symbol.dispose]());

it('knows which of the keys it was let in with', async () => {
  const [one, two, three] = [keys.add('one'), keys.add('two'), keys.add('three')];
  await using host = await scriptedHost(takesKey(two.blob));
  const identityFiles = [one.file, two.file, three.file];
  await using connection = await logIn({ hop: host.hop({ identityFiles }) });
  expect([connection.loginKeyFingerprint, connection.report()]).toMatchObject([
    fingerprint(two.blob),
    [
      {
        login: { method: 'key', label: two.file, fingerprint: fingerprint(two.blob) },
        software: expect.stringMatching(/^ssh2js/),
        algorithms: { kex: expect.stringContaining('curve25519'), hostKey: 'ssh-ed25519', mac: null },
      },
    ],
  ]);
});

it('counts as refused where the host hangs up after it has refused a key: it would be the same the next time', async () => {
  const [one, two] = [keys.add('hung-one'), keys.add('hung-two')];
  let offered = 0;
  await using host = await scriptedHost((context, { client }) => {
    if (context.method === 'publickey') offered += 1;
    if (offered === 2) client.end();
    else refuse(context, ['publickey']);
  });
  const hop = host.hop({ identityFiles: [one.file, two.file] });
  await expect(logIn({ hop })).rejects.toMatchObject({
    code: 'AUTH_FAILED',
    message:
      `127.0.0.1:${hop.port} did not let me in with any of the 2 keys offered.` +
      ' It hung up before it had judged them all.',
    details: { tried: [one.file, two.file] },
  });
  expect(host.connections()).toBe(1);
});

it('takes the usual keys from the folder of the one it is done for, and shows them below it', async () => {
  const home = join(keys.path, 'home');
  mkdirSync(join(home, '.ssh'), { recursive: true });
  const key = keys.add('home/.ssh/id_ed25519');
  await using host = await scriptedHost(takesKey(key.blob));
  await using connection = await logIn({ hop: host.hop({ identityFiles: null, homeDir: home }) });
  expect(connection.report()[0]?.login).toEqual({
    method: 'key',
    label: '~/.ssh/id_ed25519',
    fingerprint: fingerprint(key.blob),
  });
});

it.each(['algorithms', 'accept'] as const)(
  'is given up at once with whoever wants it, though the known hosts (%s) hang',
  async (what) => {
    await using host = await scriptedHost(takesKey(null));
    const stop = new AbortController();
    const hangs = () => {
      queueMicrotask(() => stop.abort(new AppError('CANCELLED', 'Enough.')));
      return new Promise<never>(() => {});
    };
    const question = { isJump: false, keyType: 'ssh-ed25519', fingerprint: 'SHA256:abc' };
    const policy: HostKeyPolicy = {
      ...anyHostKey,
      check: async (hop) => ({
        kind: 'ask',
        question: { hop, ...question },
        error: new AppError('HOST_KEY_UNKNOWN', 'Unknown.'),
      }),
      [what]: hangs,
    };
    const prompts: SshPrompts = { ...nobody, acceptHostKey: async () => 'accept' };
    const login = logIn({ hop: host.hop(), policy, prompts, signal: stop.signal });
    await expect(login).rejects.toMatchObject({ message: 'Enough.' });
  },
);

describe('encrypted keys', () => {
  const [first, second, third] = [keys.add('first', 'one'), keys.add('second', 'two'), keys.add('third', 'three')];
  const identityFiles = [first.file, second.file, third.file];

  it('are tried one by one: the next is asked for only where the one before was refused', async () => {
    await using host = await scriptedHost(takesKey(second.blob));
    const passphrases = { [first.file]: ['one'], [second.file]: ['two'], [third.file]: ['three'] };
    const { asked, prompts } = person({ passphrases });
    await using connection = await logIn({ hop: host.hop({ identityFiles }), prompts });
    expect([asked, host.connections()]).toEqual([['passphrase first 1', 'passphrase second 1'], 3]);
    expect(connection.loginKeyFingerprint).toBe(fingerprint(second.blob));
  });

  it('do not bar one another: neither a wrong passphrase nor none', async () => {
    await using host = await scriptedHost(takesKey(third.blob));
    const { asked, prompts } = person({
      passphrases: { [first.file]: ['no', 'nor this'], [third.file]: ['three'] },
    });
    await using _connection = await logIn({ hop: host.hop({ identityFiles }), prompts });
    const times = ['first 1', 'first 2', 'first 3', 'second 1', 'third 1'];
    expect([asked, host.connections()]).toEqual([times.map((time) => `passphrase ${time}`), 2]);
  });

  it.each([
    ['a wrong passphrase, where there was one', { [second.file]: ['no'] }, 'PASSPHRASE_WRONG', 'second'],
    ['that nobody answered', {}, 'PASSPHRASE_NEEDED', 'first'],
  ])('report %s, where none was opened', async (_, passphrases, code, name) => {
    await using host = await scriptedHost(takesKey(third.blob));
    const { prompts } = person({ passphrases });
    await expect(logIn({ hop: host.hop({ identityFiles }), prompts })).rejects.toMatchObject({
      code,
      details: { file: join(keys.path, name) },
    });
    expect(host.connections()).toBe(1);
  });

  it('are named where one was refused and others stayed locked', async () => {
    await using host = await scriptedHost(takesKey(null));
    const { prompts } = person({ passphrases: { [first.file]: ['no'], [second.file]: ['two'] } });
    const hop = host.hop({ identityFiles: [first.file, second.file] });
    await expect(logIn({ hop, prompts })).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      message:
        `127.0.0.1:${hop.port} did not let me in with the key offered.` +
        ` That is not the passphrase of the key ${first.file}.`,
      details: { tried: [second.file] },
    });
  });

  it('are left closed where the host takes no keys', async () => {
    await using host = await scriptedHost(takesKey(null, ['hostbased']));
    const { asked, prompts } = person({});
    await expect(logIn({ hop: host.hop({ identityFiles }), prompts })).rejects.toMatchObject({
      code: 'AUTH_NO_CREDENTIALS',
    });
    expect([asked, host.heard]).toEqual([[], ['1 none']]);
  });

  it('are the second of two keys that a host wants', async () => {
    const plain = keys.add('plain one');
    await using host = await scriptedHost((context, { number }) => {
      if (context.method !== 'publickey') return refuse(context, ['publickey']);
      if (context.signature === undefined) return context.accept();
      if (plain.blob.equals(context.key.data)) return refuse(context, ['publickey'], true);
      return number === 2 && second.blob.equals(context.key.data) ? context.accept() : refuse(context, ['publickey']);
    });
    const { asked, prompts } = person({ passphrases: { [second.file]: ['two'] } });
    const hop = host.hop({ identityFiles: [plain.file, second.file] });
    await using connection = await logIn({ hop, prompts });
    expect([asked, connection.report()[0]?.login.label]).toEqual([
      ['passphrase second 1'],
      `${plain.file}, ${second.file}`,
    ]);
  });
});

it('shows what a server calls its methods made visible, and cut', async () => {
  const key = keys.add('plain');
  await using host = await scriptedHost(takesKey(null, ['pass\u001b[2Jword', `\u202e${'x'.repeat(5_000)}`]));
  const methods = ['pass␛[2Jword', `\\u{202e}${'x'.repeat(191)}…`];
  await expect(logIn({ hop: host.hop({ identityFiles: [key.file] }) })).rejects.toMatchObject({
    code: 'AUTH_FAILED',
    details: { methods },
    hint: expect.stringMatching(
      /^The host lets me in only by pass␛\[2Jword or \\u\{202e\}x{10,200}…\. Allow public keys/,
    ),
  });
});

describe('a host key that nobody knows', () => {
  const unknown = (accepted: Buffer[]) => ({
    ...anyHostKey,
    check: async (hop: Parameters<SshPrompts['password']>[0]['hop'], key: Buffer, isJump: boolean) => ({
      kind: 'ask' as const,
      question: { hop, isJump, keyType: 'ssh-ed25519', fingerprint: fingerprint(key) },
      error: new AppError('HOST_KEY_UNKNOWN', 'Unknown.'),
    }),
    accept: async (_hop: unknown, key: Buffer) => void accepted.push(key),
  });

  it('is asked about with no login before, and then only that key will do; each connection is told of', async () => {
    const key = keys.add('welcome');
    await using host = await scriptedHost(takesKey(key.blob));
    const accepted: Buffer[] = [];
    const events: string[] = [];
    const onEvent = (event: ConnectEvent) => {
      if (event.kind === 'passed') events.push(`${event.step}: ${event.seen} ${event.ms < 1_000}`);
      else events.push(event.kind === 'preparing' ? `for ${event.step}` : `${event.step}?`);
    };
    const prompts: SshPrompts = {
      ...nobody,
      async acceptHostKey() {
        events.push(`asked after ${host.heard.length} tries`);
        return 'accept';
      },
    };
    const hop = host.hop({ identityFiles: [key.file] });
    await using _connection = await logIn({ hop, prompts, policy: unknown(accepted), onEvent });
    const dialled = ['resolve?', 'resolve: 127.0.0.1 true', 'reach?', 'reach: 127.0.0.1 true', 'host-key?'];
    expect(events).toEqual([
      'for authenticate',
      ...dialled,
      'asked after 0 tries',
      ...dialled,
      `host-key: ssh-ed25519 ${fingerprint(accepted[0] ?? Buffer.alloc(0))} known true`,
      'authenticate?',
      `authenticate: key ${key.file} true`,
    ]);
  });

  it.each([
    ['reject', 'HOST_KEY_REJECTED'],
    ['unanswerable', 'HOST_KEY_UNKNOWN'],
  ] as const)('ends it where the answer is %s', async (answer, code) => {
    await using host = await scriptedHost(takesKey(null));
    const prompts: SshPrompts = { ...nobody, acceptHostKey: async () => answer };
    await expect(logIn({ hop: host.hop(), prompts, policy: unknown([]) })).rejects.toMatchObject({ code });
    expect([host.connections(), host.heard]).toEqual([1, []]);
  });
});
