import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { run } from '../../../lab/run.ts';
import { writeClientKey } from '../../../lab/ssh-keys.ts';
import { type Sshd, startSshd } from '../../../lab/sshd.ts';
import { describeSshd } from '../../../lab/vitest.ts';
import type { AppError } from '../../kernel/errors.ts';
import { anyFolder, anyHostKey, connectWith, failure, nobody, tcpProxy, tcpServer } from '../connection.fixture.ts';
import type { HostKeyQuestion, SshPrompts } from '../connection-types.ts';
import { registeredCommand } from '../exec-gate.ts';
import { hopOf, routeTo } from '../hop.fixture.ts';
import { createHostKeyPolicy } from './host-key-policy.ts';

describeSshd('the host key', () => {
  let sshd: Sshd;
  let folder = '';
  let from = 0;
  const files = { userFile: '', ownFile: '' };
  const policyOf = (pinned?: string) =>
    createHostKeyPolicy({
      userFiles: [files.userFile],
      systemFiles: [],
      ownFile: files.ownFile,
      ownFolder: anyFolder,
      pinned,
    });
  beforeAll(async () => {
    sshd = await startSshd({ hostKeyTypes: ['ed25519', 'ecdsa'] });
    folder = await mkdtemp(join(tmpdir(), 'binnacle-hosts-'));
    files.userFile = join(folder, 'known_hosts');
    files.ownFile = join(folder, 'own_hosts');
  });
  afterAll(async () => {
    await sshd.stop();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    await rm(files.userFile, { force: true });
    await rm(files.ownFile, { force: true });
    from = sshd.log().length;
  });

  const at = (server: Sshd = sshd, port = server.port) => ({
    route: routeTo(hopOf({ user: server.user, port, identityFiles: [server.clientKeyFile] })),
    policy: policyOf(),
  });
  const answering = (answer: 'accept' | 'reject', asked: HostKeyQuestion[] = []): SshPrompts => ({
    ...nobody,
    async acceptHostKey(question) {
      asked.push(question);
      return answer;
    },
  });
  /** sshd at DEBUG1 logs each authentication request that reaches it, `none` and mere offers of keys included. */
  const requests = (server: Sshd = sshd, since = from) =>
    server
      .log()
      .slice(since)
      .match(/userauth-request for user/g)?.length ?? 0;
  /** Waits for sshd to have seen the end of `count` connections, so that what it has not logged it will not log. */
  async function ended(count: number, server: Sshd = sshd, since = from) {
    const ends = () =>
      server
        .log()
        .slice(since)
        .match(/(Connection (closed|reset)|Received disconnect|Disconnected).*preauth/g);
    await expect.poll(() => ends()?.length ?? 0, { timeout: 5_000 }).toBeGreaterThanOrEqual(count);
  }
  const ed25519 = () => sshd.hostKeys[0] as Sshd['hostKeys'][number];
  const otherLine = async () => (await writeClientKey(folder, { name: `other_${Math.random()}` })).publicKey;

  it('unknown, with nobody to ask: refused, and nothing was sent for authentication', async () => {
    expect(await failure(at())).toMatchObject({ code: 'HOST_KEY_UNKNOWN' });
    await ended(1);
    expect(requests()).toBe(0);
  });

  it('unknown and rejected: nothing was sent, nothing written', async () => {
    expect(await failure({ ...at(), prompts: answering('reject') })).toMatchObject({ code: 'HOST_KEY_REJECTED' });
    await ended(1);
    expect(requests()).toBe(0);
    await expect(readFile(files.ownFile)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('unknown and accepted: asked on a connection that is given up, written, and not asked again', async () => {
    const asked: HostKeyQuestion[] = [];
    const sentBefore: number[] = [];
    const prompts: SshPrompts = {
      ...nobody,
      async acceptHostKey(question) {
        asked.push(question);
        await ended(1);
        sentBefore.push(requests());
        return 'accept';
      },
    };
    {
      await using connection = await connectWith({ ...at(), prompts });
      expect(connection.hostKeyFingerprint).toBe(ed25519().fingerprint);
    }
    await using _again = await connectWith({ ...at(), prompts });
    // What the zeros of all these tests rest on: a login is seen by the same count.
    await expect.poll(() => requests()).toBeGreaterThan(0);
    const [hop] = at().route.hops;
    expect({ asked, sentBefore, own: await readFile(files.ownFile, 'utf8') }).toEqual({
      asked: [{ hop, isJump: false, keyType: 'ssh-ed25519', fingerprint: ed25519().fingerprint }],
      sentBefore: [0],
      own: `[127.0.0.1]:${sshd.port} ${ed25519().publicLine}\n`,
    });
  });

  it('unknown, and another after it was accepted: refused', async () => {
    await using server = await startSshd();
    let serving = server.port;
    const policy = policyOf();
    const ports = [server.port, sshd.port];
    // The same address, behind which another server answers the second time.
    await using front = await tcpServer((socket) => {
      serving = ports.shift() ?? serving;
      const upstream = connect(serving, '127.0.0.1');
      upstream.on('error', () => socket.destroy());
      socket.pipe(upstream).pipe(socket);
    });
    const changes = { ...at(server, front.port), policy, prompts: answering('accept') };
    expect(await failure(changes)).toMatchObject({ code: 'HOST_KEY_CHANGED' });
    await ended(1);
    expect([requests(), requests(server, 0)]).toEqual([0, 0]);
  });

  it('answered by a fingerprint given beforehand, or refused by it', async () => {
    const wrong = `SHA256:${'A'.repeat(43)}`;
    expect(await failure({ ...at(), policy: policyOf(wrong) })).toMatchObject({ code: 'HOST_KEY_REJECTED' });
    await ended(1);
    expect(requests()).toBe(0);
    await using connection = await connectWith({ ...at(), policy: policyOf(ed25519().fingerprint) });
    expect(connection.hostKeyFingerprint).toBe(ed25519().fingerprint);
  });

  it('changed: blocked, though everybody would accept', async () => {
    await writeFile(files.userFile, `[127.0.0.1]:${sshd.port} ${await otherLine()}\n`);
    expect(await failure({ ...at(), prompts: answering('accept') })).toMatchObject({ code: 'HOST_KEY_CHANGED' });
    await ended(1);
    expect(requests()).toBe(0);
  });

  it('revoked, or on a line that cannot be read: blocked', async () => {
    const lines = {
      HOST_KEY_REVOKED: `@revoked * ${ed25519().publicLine}`,
      HOST_KEY_UNREADABLE: `[127.0.0.1]:${sshd.port} ssh-ed25519 %%%`,
    };
    for (const [code, line] of Object.entries(lines)) {
      await writeFile(files.userFile, `${line}\n`);
      expect(await failure({ ...at(), prompts: answering('accept') })).toMatchObject({ code });
    }
    expect(requests()).toBe(0);
  });

  it('known by a hashed name', async () => {
    await writeFile(
      files.userFile,
      sshd
        .knownHostsLines()
        .map((line) => `${line}\n`)
        .join(''),
    );
    await run('ssh-keygen', ['-H', '-f', files.userFile]);
    expect(await readFile(files.userFile, 'utf8')).not.toContain('127.0.0.1');
    await using _connection = await connectWith(at());
  });

  it('known for another port only: asked about', async () => {
    await writeFile(
      files.userFile,
      `127.0.0.1 ${ed25519().publicLine}\n[127.0.0.1]:${sshd.port + 1} ${ed25519().publicLine}\n`,
    );
    expect(await failure(at())).toMatchObject({ code: 'HOST_KEY_UNKNOWN' });
    await ended(1);
    expect(requests()).toBe(0);
  });

  it('of the type that is known is asked for first, though the host has a better one', async () => {
    const ecdsa = sshd.hostKeys.find(({ type }) => type === 'ecdsa');
    await writeFile(files.userFile, `[127.0.0.1]:${sshd.port} ${ecdsa?.publicLine}\n`);
    await using connection = await connectWith(at());
    expect(connection.hostKeyFingerprint).toBe(ecdsa?.fingerprint);
  });

  it('is RSA: checked by a SHA-2 signature', async () => {
    await using server = await startSshd({ hostKeyTypes: ['rsa'] });
    await writeFile(files.userFile, `${server.knownHostsLines().join('\n')}\n`);
    await using _connection = await connectWith(at(server));
    expect(server.log()).toMatch(/kex: host key algorithm: rsa-sha2-512/);
  });

  it('stays the same through a change of session keys, and the link goes on', async () => {
    await using server = await startSshd({ extraConfig: ['RekeyLimit 64K'] });
    await writeFile(files.userFile, `${server.knownHostsLines().join('\n')}\n`);
    await using connection = await connectWith(at(server));
    const command = registeredCommand('path-listing', { path: '/' });
    for (let count = 0; count < 20; count += 1) await connection.exec(command, new AbortController().signal);
    const path = join(server.folder, 'big.sock');
    const big = createServer((socket) => socket.on('error', () => {}).end(Buffer.alloc(1024 ** 2, 'x')));
    await new Promise<void>((resolve) => big.listen(path, resolve));
    const channel = await connection.openUnixSocket(path, new AbortController().signal);
    expect((await text(channel)).length).toBe(1024 ** 2);
    await new Promise((resolve) => big.close(resolve));
    expect(server.log().match(/SSH2_MSG_NEWKEYS received/g)?.length).toBeGreaterThan(3);
  });

  it('is checked on a link that is cut anywhere in the handshake, and each time it is said how far it came', async () => {
    let untilReady = 0;
    {
      await using proxy = await tcpProxy(sshd.port);
      await using _connection = await connectWith({ ...at(sshd, proxy.port), policy: anyHostKey });
      untilReady = proxy.passed;
    }
    const seen: string[] = [];
    for (const share of [0.001, 0.01, 0.1, 0.4, 0.7, 0.8, 0.9]) {
      await using proxy = await tcpProxy(sshd.port, { cutAfter: Math.ceil(untilReady * share) });
      const error: unknown = await connectWith({ ...at(sshd, proxy.port), policy: anyHostKey }).catch((cause) => cause);
      expect(error).toMatchObject({ code: 'HANDSHAKE_FAILED' });
      seen.push((error as AppError).details.phase as string);
    }
    expect({ order: [...new Set(seen)], first: seen[0], last: seen.at(-1) }).toEqual({
      order: ['greeting', 'key-exchange', 'authenticating'],
      first: 'greeting',
      last: 'authenticating',
    });
  });
});
