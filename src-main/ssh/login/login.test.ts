import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, describe, expect, it } from 'vitest';
import { AppError } from '../../kernel/errors.ts';
import { blackHole } from '../black-hole.fixture.ts';
import { connectWith, failure, hurriedClock, tcpServer } from '../connection.fixture.ts';
import { hopOf, routeTo } from '../hop.fixture.ts';
import { generateKeyPair } from './key-pair.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'binnacle-login-'));
const key = join(folder, 'key');
writeFileSync(key, generateKeyPair('ed25519').private);
chmodSync(key, 0o600);
afterAll(() => rmSync(folder, { recursive: true }));

const at = (port: number, host = '127.0.0.1') => ({
  route: routeTo(hopOf({ host, port, identityFiles: [key] })),
});

describe('what answers instead of an SSH server', () => {
  const answers = (text: string | Buffer, then?: 'end' | 'reset') => (socket: Socket) => {
    socket.write(text, () => {
      if (then === 'end') socket.end();
      if (then === 'reset') setTimeout(() => socket.resetAndDestroy(), 50);
    });
  };

  it.each([
    ['nobody, by closing', (socket: Socket) => socket.end(), 'closed the connection without having said anything.'],
    ['nobody, by a reset', (socket: Socket) => socket.resetAndDestroy(), 'without having said anything.'],
    [
      'a web server',
      answers('HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n', 'end'),
      'is not an SSH server: it said "HTTP/1.1 400 Bad Request".',
    ],
    ['escapes', answers('\u001b[2J\u202eevil\n', 'end'), 'is not an SSH server: it said "␛[2J\\u{202e}evil".'],
    [
      'old SSH',
      answers('SSH-1.5-old\r\n'),
      'broke off (Invalid identification string) before it greeted as an SSH server.',
    ],
    [
      'a greeting cut short',
      answers('SSH-2.0-Open', 'end'),
      'closed the connection before it greeted as an SSH server.',
    ],
    [
      'a megabyte without a line',
      answers('x'.repeat(1024 ** 2)),
      `is not an SSH server: it said "${'x'.repeat(199)}…".`,
    ],
    ['lines without end', (socket: Socket) => endless(socket), 'is not an SSH server: it said "hello".'],
    ['a full sshd', answers('Exceeded MaxStartups\r\n', 'end'), 'turns away connections: "Exceeded MaxStartups".'],
    [
      'a punishing sshd',
      answers('Not allowed at this time\r\n', 'end'),
      'turns away connections: "Not allowed at this time".',
    ],
    ['a greeting and no more', answers('SSH-2.0-x\r\n', 'end'), 'closed the connection during the key exchange.'],
    ['a greeting and a reset', answers('SSH-2.0-x\r\n', 'reset'), 'cut the connection during the key exchange.'],
    ['a greeting and noise', answers(Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), Buffer.alloc(64, 7)])), 'broke off'],
  ])('%s', async (_, serve, text) => {
    await using server = await tcpServer(serve);
    expect(await failure(at(server.port))).toEqual({
      code: text.startsWith('is not an SSH server') ? 'NOT_SSH' : 'HANDSHAKE_FAILED',
      message: expect.stringContaining(text),
    });
    expect(server.connections).toBe(1);
  });

  it.each([
    ['says nothing', '', 'did not finish within 10 s without having said anything.'],
    ['greets and says no more', 'SSH-2.0-x\r\n', 'did not finish within 10 s during the key exchange.'],
    ['never ends its first line', 'Good morning', 'is not an SSH server: it said "Good morning".'],
  ])('is given up on in time where it %s', async (_, text, said) => {
    await using server = await tcpServer((socket) => void socket.write(text));
    expect(await failure({ ...at(server.port), clock: hurriedClock(10) })).toEqual({
      code: said.startsWith('is not an SSH server') ? 'NOT_SSH' : 'HANDSHAKE_FAILED',
      message: expect.stringContaining(said),
    });
  });

  it('has nothing in common with Binnacle where it knows only what is no longer safe', async () => {
    const { private: hostKey } = generateKeyPair('ed25519');
    const old = new ssh2.Server({ hostKeys: [hostKey], algorithms: { hmac: ['hmac-sha1'], cipher: ['aes128-ctr'] } });
    old.on('connection', (client) => client.on('error', () => {}));
    await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', () => resolve()));
    const { port } = old.address() as { port: number };
    expect(await failure(at(port))).toEqual({
      code: 'HANDSHAKE_FAILED',
      message: `127.0.0.1:${port} and Binnacle have no MAC in common: it offers hmac-sha1.`,
    });
    await new Promise((resolve) => old.close(resolve));
  });

  it('is left at once when cancelled, whatever the signal says', async () => {
    await using server = await tcpServer(() => {});
    const stop = new AbortController();
    const connecting = connectWith({ ...at(server.port), signal: stop.signal });
    setTimeout(() => stop.abort(new AppError('TIMEOUT', 'Enough.')), 100);
    await expect(connecting).rejects.toMatchObject({ code: 'TIMEOUT', message: 'Enough.' });
  });
});

function endless(socket: Socket): void {
  const more = () => {
    while (socket.writable && socket.write('hello\r\n'.repeat(100)));
  };
  socket.on('drain', more);
  more();
}

describe('a host that is not reached', () => {
  it('refuses', async () => {
    const port = await tcpServer(() => {}).then(async (server) => {
      await server[Symbol.asyncDispose]();
      return server.port;
    });
    const message = `127.0.0.1:${port} refused the connection.`;
    expect(await failure(at(port))).toEqual({ code: 'CONNECT_REFUSED', message });
  });

  it('has no address', async () => {
    const message = 'The name no-such-host.invalid has no address.';
    expect(await failure(at(22, 'no-such-host.invalid'))).toEqual({ code: 'ADDRESS_NOT_FOUND', message });
  });

  it('has no route', async () => {
    // TEST-NET addresses may be routed somewhere; a multicast address never takes a TCP connection.
    expect(await failure(at(22, '224.0.0.1'))).toMatchObject({ code: 'UNREACHABLE' });
  });

  it('is a black hole', async (context) => {
    if (process.platform !== 'linux') context.skip('needs Linux, whose full backlog answers nothing');
    await using hole = await blackHole();
    const message = `127.0.0.1:${hole.port} did not answer within 5 s.`;
    expect(await failure({ ...at(hole.port), clock: hurriedClock(10) })).toEqual({ code: 'CONNECT_TIMEOUT', message });
    const stop = new AbortController();
    const connecting = connectWith({ ...at(hole.port), signal: stop.signal });
    stop.abort();
    await expect(connecting).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
