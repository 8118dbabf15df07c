import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hurriedClock, nobody } from '../connection.fixture.ts';
import type { PasswordQuestion, SshPrompts } from '../connection-types.ts';
import { fingerprint } from '../host-keys/host-key.ts';
import { question, refuse, round, scriptedHost, takesKey } from '../scripted-host.fixture.ts';
import { KeyFolder, logIn, person } from './hop-login.fixture.ts';
import { generateKeyPair } from './key-pair.fixture.ts';
import { signingAgent } from './signing-agent.fixture.ts';

const keys = new KeyFolder();
afterAll(() => keys[Symbol.dispose]());

describe('a second proof', () => {
  const key = keys.add('first proof');
  const other = keys.add('other');

  /** Takes the key, and wants `method` beside it, which it takes where `right` says so. */
  const wanting = (method: 'keyboard-interactive' | 'password', right: string) =>
    scriptedHost((context) => {
      if (context.method === 'publickey') {
        if (!key.blob.equals(context.key.data)) return refuse(context, ['publickey']);
        if (context.signature === undefined) return context.accept();
        return refuse(context, [method], true);
      }
      if (context.method === 'password')
        return context.password === right ? context.accept() : refuse(context, [method]);
      if (context.method !== 'keyboard-interactive') return refuse(context, ['publickey']);
      round(context, [question('Code: ', true)], ([answer]) =>
        answer === right ? context.accept() : refuse(context, [method]),
      );
    });

  it.each(['file', 'agent'] as const)('is asked for in the same connection after a key of %s', async (where) => {
    const socket = join(keys.path, 'agent.sock');
    await using _agent = await signingAgent(socket, [other.key, key.key]);
    for (const method of ['keyboard-interactive', 'password'] as const) {
      await using host = await wanting(method, '42');
      const { asked, prompts } = person({ challenges: [['42']], passwords: ['42'] });
      const from = where === 'file' ? { identityFiles: [other.file, key.file] } : { agentSocket: socket };
      await using connection = await logIn({ hop: host.hop(from), prompts });
      expect([asked, new Set(host.heard), connection.report()[0]?.login]).toEqual([
        [method === 'password' ? 'password' : 'Code: '],
        new Set(['1 publickey', `1 ${method}${method === 'password' ? ' 42' : ''}`]),
        {
          method: where === 'file' ? 'key' : 'agent',
          label: `${where === 'file' ? key.file : 'key 1'}, ${method === 'password' ? 'password' : 'one-time code'}`,
          fingerprint: fingerprint(key.blob),
        },
      ]);
    }
  });

  it.each([
    ['wrong', ['no'], 'AUTH_FAILED', 'did not take the password of me.', ['password', 'wrong password']],
    ['not given', [null], 'AUTH_UNANSWERED', 'and wants a further proof (password), which nobody gave.', ['password']],
  ])('that is %s ends it', async (_, passwords, code, text, expected) => {
    await using host = await wanting('password', 'right');
    const { asked, prompts } = person({ passwords });
    await expect(logIn({ hop: host.hop({ identityFiles: [key.file] }), prompts })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(text),
    });
    expect([asked, host.connections()]).toEqual([expected, 1]);
  });

  it('may be one that cannot be given', async () => {
    await using host = await scriptedHost((context) => {
      if (context.method !== 'publickey' || context.signature !== undefined) refuse(context, ['hostbased'], true);
      else context.accept();
    });
    await expect(logIn({ hop: host.hop({ identityFiles: [key.file] }) })).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      message: `127.0.0.1:${host.hop().port} accepted ${key.file}, and wants a further proof (hostbased), which was not given.`,
    });
  });
});

describe('a password', () => {
  /** Takes nothing else, and tells whether a connection was open when it was asked for. */
  async function passwordHost(right: string) {
    let open = 0;
    const host = await scriptedHost((context, { client }) => {
      if (host.heard.length === 1 || !seen.has(client)) {
        seen.add(client);
        open += 1;
        client.once('close', () => {
          open -= 1;
        });
      }
      if (context.method === 'password' && context.password === right) context.accept();
      else refuse(context, ['publickey', 'password']);
    });
    const seen = new Set<unknown>();
    return { host, open: () => open };
  }

  it('is asked for last, while no connection is open, and given once, in a connection of its own', async () => {
    const key = keys.add('before the password');
    const { host, open } = await passwordHost('right');
    await using _host = host;
    const asked: [string, number][] = [];
    const prompts: SshPrompts = {
      ...nobody,
      async password({ hop }) {
        // Longer than a handshake may take, by the clock that hurries.
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        asked.push([hop.user, open()]);
        return 'right';
      },
    };
    const options = { hop: host.hop({ identityFiles: [key.file] }), prompts, clock: hurriedClock(4) };
    await using connection = await logIn(options);
    expect([asked, host.heard, connection.report()[0]?.login]).toEqual([
      [['me', 0]],
      ['1 publickey', '2 password right'],
      { method: 'password', label: 'password', fingerprint: null },
    ]);
  });

  it('is given once: a wrong one is told, and not tried again', async () => {
    const { host } = await passwordHost('right');
    await using _host = host;
    const { asked, prompts } = person({ passwords: ['wrong', 'right'] });
    await expect(logIn({ hop: host.hop(), prompts })).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      message: `127.0.0.1:${host.hop().port} did not take the password of me.`,
      details: { methods: ['publickey', 'password'] },
    });
    expect([asked, host.heard]).toEqual([
      ['password', 'wrong password'],
      ['1 none', '2 password wrong'],
    ]);
  });

  it('is not asked for where the host did not name it, nor where ssh_config says so', async () => {
    const { asked, prompts } = person({ passwords: ['right', 'right'] });
    await using keysOnly = await scriptedHost(takesKey(null));
    await expect(logIn({ hop: keysOnly.hop(), prompts })).rejects.toMatchObject({ code: 'AUTH_NO_CREDENTIALS' });
    const { host } = await passwordHost('right');
    await using _host = host;
    const methods = { publicKey: true, keyboardInteractive: true, password: false };
    await expect(logIn({ hop: host.hop({ methods }), prompts })).rejects.toMatchObject({ code: 'AUTH_NO_CREDENTIALS' });
    expect([asked, keysOnly.heard, host.heard]).toEqual([[], ['1 none'], ['1 none']]);
  });

  it('leaves it at what the keys came to where nobody answers', async () => {
    const key = keys.add('with nobody');
    const { host } = await passwordHost('right');
    await using _host = host;
    await expect(logIn({ hop: host.hop({ identityFiles: [key.file] }) })).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      message: expect.stringContaining('did not let me in with the key offered.'),
    });
    await expect(logIn({ hop: host.hop() })).rejects.toMatchObject({
      code: 'AUTH_NO_CREDENTIALS',
      message: 'There is no key to log in with: there is no ssh-agent, and no key file.',
    });
  });

  it('is asked for with the host key that was shown, and given to no other', async () => {
    const [one, two] = [generateKeyPair('ed25519'), generateKeyPair('ecdsa', { bits: 256 })];
    await using host = await scriptedHost((context) => refuse(context, ['password']), { hostKeys: [one.private] });
    const { port } = host.hop();
    const told: PasswordQuestion[] = [];
    let replaced: AsyncDisposable | null = null;
    const prompts: SshPrompts = {
      ...nobody,
      async password(question) {
        told.push(question);
        // Another machine takes its place: the port, too, is ours to hand over.
        await host[Symbol.asyncDispose]();
        replaced = await otherAt(port, two.private, heard);
        return 'right';
      },
    };
    const heard: string[] = [];
    await expect(logIn({ hop: host.hop(), prompts })).rejects.toMatchObject({ code: 'HOST_KEY_CHANGED' });
    expect([told.map(({ hostKey }) => hostKey), heard]).toEqual([[fingerprint(blobOf(one.public))], []]);
    await (replaced as AsyncDisposable | null)?.[Symbol.asyncDispose]();
  });

  it('is also given where the host wants more beside it', async () => {
    const key = keys.add('after the password');
    await using host = await scriptedHost((context) => {
      if (context.method === 'password') return refuse(context, ['publickey'], context.password === 'right');
      if (context.method === 'publickey' && host.heard.some((line) => line.includes('password')))
        return context.accept();
      refuse(context, ['password']);
    });
    const { prompts } = person({ passwords: ['right'] });
    await using connection = await logIn({ hop: host.hop({ identityFiles: [key.file] }), prompts });
    expect(connection.report()[0]?.login.label).toBe(`password, ${key.file}`);
  });

  it('that has expired is forgotten, and must be changed elsewhere', async () => {
    await using host = await scriptedHost((context) => {
      if (context.method === 'password') context.requestChange('It is 90 days old.\r\n\u202eNew password: ', () => {});
      else refuse(context, ['password']);
    });
    const { asked, prompts } = person({ passwords: ['old'] });
    await expect(logIn({ hop: host.hop(), prompts })).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      message: `The password of me at 127.0.0.1:${host.hop().port} has expired, and must be changed first.`,
      details: { seen: ['It is 90 days old.', '\\u{202e}New password:'] },
      hint: expect.stringMatching(/^Log in with ssh in a terminal and change it there/),
    });
    expect([asked, host.connections()]).toEqual([['password', 'wrong password'], 2]);
  });
});

function blobOf(line: string): Buffer {
  return Buffer.from(line.split(' ')[1] ?? '', 'base64');
}

async function otherAt(port: number, hostKey: string, heard: string[]): Promise<AsyncDisposable> {
  const { default: ssh2 } = await import('ssh2');
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on('error', () => {});
    client.on('authentication', (context) => {
      heard.push(context.method);
      context.accept();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())) };
}
