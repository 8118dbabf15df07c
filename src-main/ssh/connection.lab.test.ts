import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { writeClientKey } from '../../lab/ssh-keys.ts';
import { type Sshd, startSshd } from '../../lab/sshd.ts';
import { describeSshd } from '../../lab/vitest.ts';
import { connectWith, tcpProxy } from './connection.fixture.ts';
import { type Echo, startEcho } from './echo.fixture.ts';
import { registeredCommand } from './exec-gate.ts';
import { hopOf, routeTo } from './hop.fixture.ts';

const signal = new AbortController().signal;

describeSshd('a connection', () => {
  let sshd: Sshd;
  let echo: Echo;
  beforeAll(async () => {
    // The lab's sshd is asked for as little as a host may allow: one session at a time.
    sshd = await startSshd({ extraConfig: ['MaxSessions 1'] });
    echo = await startEcho(join(sshd.folder, 'echo.sock'));
  });
  afterAll(async () => {
    await echo[Symbol.asyncDispose]();
    await sshd.stop();
  });
  beforeEach(async () => {
    await echo.empty();
    echo.reset();
  });

  const at = (server: Sshd, port = server.port) => ({
    route: routeTo(hopOf({ user: server.user, port, identityFiles: [server.clientKeyFile] })),
  });

  it('opens 300 channels at once under MaxSessions 1, each with its own bytes', async () => {
    await using connection = await connectWith(at(sshd));
    const channels = await Promise.all(Array.from({ length: 300 }, () => connection.openUnixSocket(echo.path, signal)));
    const answers = channels.map((channel, index) => {
      channel.end(`${index} `.repeat(1_000));
      return text(channel);
    });
    expect(await Promise.all(answers)).toEqual(channels.map((_, index) => `${index} `.repeat(1_000)));
    await echo.empty();
  });

  it('carries megabytes both ways without loss', async () => {
    await using connection = await connectWith(at(sshd));
    const channel = await connection.openUnixSocket(echo.path, signal);
    const sent = 'ship and shore '.repeat(700_000);
    channel.end(sent);
    expect((await text(channel)) === sent).toBe(true);
  });

  it('closes its side where the other side ends, and where it is destroyed', async () => {
    await using connection = await connectWith(at(sshd));
    const ended = await connection.openUnixSocket(echo.path, signal);
    ended.resume();
    await echo.seen(1);
    for (const socket of echo.sockets) socket.end();
    await new Promise((resolve) => ended.once('close', resolve));
    const destroyed = await connection.openUnixSocket(echo.path, signal);
    const closed = new Promise((resolve) => destroyed.once('close', resolve));
    destroyed.write('half an answer');
    destroyed.destroy();
    await closed;
    expect({ ended: ended.writable, destroyed: destroyed.destroyed, readable: destroyed.readable }).toEqual({
      ended: false,
      destroyed: true,
      readable: false,
    });
    await echo.empty();
  });

  it('runs registered commands one after the other, with their output, and no others', async () => {
    await using connection = await connectWith(at(sshd));
    const listing = registeredCommand('path-listing', { path: '/' });
    const results = await Promise.all([
      connection.exec(listing, signal),
      connection.exec(registeredCommand('path-exists', { path: "/no'such $(path)" }), signal),
      connection.exec(registeredCommand('true', {}), signal),
    ]);
    expect(results).toEqual([
      { exitCode: 0, stdout: expect.stringMatching(/^d\S+ +\d+ root /), stderr: SSHD_DEBUG },
      { exitCode: 1, stdout: '', stderr: SSHD_DEBUG },
      { exitCode: 0, stdout: '', stderr: SSHD_DEBUG },
    ]);
    await expect(connection.exec({ ...listing }, signal)).rejects.toMatchObject({ code: 'EXEC_NOT_ALLOWED' });
  });

  it('runs "true" by itself, so that sshd stops delaying its answers', async () => {
    await using server = await startSshd();
    await using connection = await connectWith(at(server));
    await expect(connection.openUnixSocket('/no/such/socket', signal)).rejects.toMatchObject({
      code: 'FORWARD_REFUSED',
    });
    // It is answered after whatever was asked for before.
    await expect(connection.openTcp({ host: '127.0.0.1', port: 1 }, signal)).rejects.toThrow();
    expect(server.log()).not.toMatch(/Starting session/);
    for (let count = 0; count < 2; count += 1) await connection.openUnixSocket(echo.path, signal);
    await server.waitForLog(/Starting session: command for \S+ from/);
    expect(server.log().match(/Starting session: .*/g)).toEqual([
      expect.stringMatching(/^Starting session: command for \S+ from 127\.0\.0\.1/),
    ]);
  });

  it.each(['', 'restrict,port-forwarding,'])(
    'runs no command of a key that has its own (%scommand=)',
    async (options) => {
      await using server = await startSshd();
      const { file, publicKey } = await writeClientKey(server.folder, { name: 'deploy' });
      const ran = join(server.folder, 'ran');
      await server.authorize(publicKey, `${options}command="touch ${ran}"`);
      const hop = hopOf({ user: server.user, port: server.port, identityFiles: [file] });
      {
        await using connection = await connectWith({ route: routeTo(hop) });
        for (const path of ['/no/such/socket', echo.path]) {
          const channel = await connection.openUnixSocket(path, signal).catch(() => null);
          if (channel === null) continue;
          channel.end('still here');
          expect(await text(channel)).toBe('still here');
        }
        // What was asked for before is answered before.
        await connection.openTcp({ host: '127.0.0.1', port: server.port }, signal);
        expect(connection.keyOptions).toMatchObject({ command: true });
      }
      await server.waitForLog(/Disconnected from user/);
      expect([existsSync(ran), server.log().match(/Starting session: .*/g)]).toEqual([false, null]);
    },
  );

  it('stands, and says so in time, where a forced command hangs', async () => {
    await using server = await startSshd({ extraConfig: ['ForceCommand sleep 60'] });
    await using connection = await connectWith(at(server));
    const stop = new AbortController();
    const running = connection.exec(registeredCommand('path-exists', { path: '/' }), stop.signal);
    const channel = await connection.openUnixSocket(echo.path, signal);
    channel.end('still here');
    expect(await text(channel)).toBe('still here');
    await expect(running).rejects.toMatchObject({
      code: 'EXEC_FAILED',
      message: expect.stringContaining('it took longer than 5 s'),
    });
  });

  it('cuts endless output, and ends the command in time', async () => {
    await using server = await startSshd({
      extraConfig: ["ForceCommand head -c 200000 /dev/zero | tr '\\0' x; echo end >&2"],
    });
    await using connection = await connectWith(at(server));
    const { stdout, stderr } = await connection.exec(registeredCommand('true', {}), signal);
    expect({ stdout, stderr }).toEqual({
      stdout: `${'x'.repeat(64 * 1024)}…`,
      stderr: expect.stringMatching(/end\n$/),
    });
  });

  it('is lost when the host cuts it: every channel, request and later call hears of it', async () => {
    await using server = await startSshd();
    await using connection = await connectWith(at(server));
    const channel = await connection.openUnixSocket(echo.path, signal);
    channel.write('a');
    const reading = text(channel);
    await new Promise((resolve) => channel.once('readable', resolve));
    server.dropConnections();
    const lost = { code: 'CONNECTION_LOST' };
    await expect(reading).rejects.toMatchObject(lost);
    expect(await connection.closed).toMatchObject(lost);
    await expect(connection.openUnixSocket(echo.path, signal)).rejects.toMatchObject(lost);
    await expect(connection.exec(registeredCommand('true', {}), signal)).rejects.toMatchObject(lost);
    expect(() => channel.write('after')).not.toThrow();
    expect(channel.destroyed).toBe(true);
  });

  it('notices a frozen link within 10 s, and what waits on it is told', async () => {
    await using proxy = await tcpProxy(sshd.port);
    await using connection = await connectWith(at(sshd, proxy.port));
    const channel = await connection.openUnixSocket(echo.path, signal);
    const reading = text(channel);
    proxy.freeze();
    const start = performance.now();
    await expect(connection.openUnixSocket(echo.path, signal)).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      message: expect.stringContaining('has not opened a channel within 5 s'),
    });
    const waiting = connection.openUnixSocket(echo.path, signal);
    const lost = {
      code: 'CONNECTION_LOST',
      message: `The connection to 127.0.0.1:${proxy.port} was lost: the host has not answered for 9 s.`,
    };
    await expect(waiting).rejects.toMatchObject(lost);
    await expect(reading).rejects.toMatchObject(lost);
    expect(await connection.closed).toMatchObject(lost);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('is disposed within a moment over a frozen link too, and twice without harm', async () => {
    await using proxy = await tcpProxy(sshd.port);
    const connection = await connectWith(at(sshd, proxy.port));
    proxy.freeze();
    const start = performance.now();
    const opening = connection.openUnixSocket(echo.path, signal);
    opening.catch(() => {});
    await Promise.all([connection[Symbol.asyncDispose](), connection[Symbol.asyncDispose]()]);
    expect(await connection.closed).toBeNull();
    await expect(opening).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it('closes a channel that comes after its caller has given up', async () => {
    await using connection = await connectWith(at(sshd));
    const stop = new AbortController();
    const opening = connection.openUnixSocket(echo.path, stop.signal);
    stop.abort();
    await expect(opening).rejects.toMatchObject({ code: 'CANCELLED' });
    await echo.seen(1);
    await echo.empty();
  });

  it('leaves no descriptor and no process behind', async () => {
    const round = async () => {
      await using connection = await connectWith(at(sshd));
      const channel = await connection.openUnixSocket(echo.path, signal);
      channel.end('a');
      await text(channel);
    };
    await round();
    await echo.empty();
    const before = readdirSync('/proc/self/fd').length;
    for (let count = 0; count < 20; count += 1) await round();
    await echo.empty();
    expect(readdirSync('/proc/self/fd').length).toBe(before);
    await expect.poll(() => sshd.sessionPids()).toEqual([]);
  });

  it('works for a key that may do nothing but forward', async () => {
    await using server = await startSshd();
    await writeFile(join(server.folder, 'authorized_keys'), '');
    await server.authorize(server.clientPublicKey, 'restrict,port-forwarding');
    await using connection = await connectWith(at(server));
    const channel = await connection.openUnixSocket(echo.path, signal);
    channel.end('through');
    expect(await text(channel)).toBe('through');
  });
});

/** sshd started with -e writes some of its own log to the standard error of the command. */
const SSHD_DEBUG = expect.stringMatching(/^(debug1: .*\r?\n)*$/);
