import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

/** Echoes what it gets, and remembers what that was. */
let server: ReturnType<typeof createServer>;
let sockets: Socket[];
let got: string;
let proxy: FaultProxy;

beforeEach(async () => {
  sockets = [];
  got = '';
  server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      got += bytes;
      socket.write(bytes);
    });
    socket.on('end', () => socket.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startFaultProxy({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

function open(): Socket {
  return connect({ port: proxy.port, host: proxy.host }).on('error', () => {});
}

/** Sends, and waits for it to come back. */
async function echo(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [bytes] = await once(socket, 'data');
  return String(bytes);
}

/** Resolves when it is over, however it ended. */
const closed = (socket: Socket | undefined) => new Promise((resolve) => socket?.once('close', resolve));

/** `open`, or the code it ended with. */
const outcome = (socket: Socket) =>
  new Promise<string>((resolve) => {
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'no code'));
    socket.once('connect', () => resolve('open'));
  });

describe('a fault proxy', () => {
  it('hands on what either end says, until both have ended', async () => {
    const sent = Buffer.alloc(4_000_000, 'abcdefg');
    const socket = open();
    socket.end(sent);
    const back = await buffer(socket);
    await expect.poll(() => proxy.connections).toBe(0);
    expect([back.equals(sent), got.length]).toEqual([true, sent.length]);
  });

  it('cut: every connection is reset at both ends, further ones are refused, and healed they are not', async () => {
    const socket = open();
    expect([await echo(socket, 'one'), proxy.connections]).toEqual(['one', 1]);
    const ended = [closed(socket), closed(sockets[0])];
    const why = outcome(socket);
    proxy.cut();
    await Promise.all(ended);
    const refused = [await why, await outcome(open()), proxy.connections];
    await proxy.heal();
    const again = open();
    expect([refused, await echo(again, 'two'), got]).toEqual([['ECONNRESET', 'ECONNREFUSED', 0], 'two', 'onetwo']);
    again.destroy();
  });

  it('black hole: connections stay and nothing passes; healed, what was held back goes on', async () => {
    const before = open();
    await echo(before, 'one ');
    proxy.blackHole();
    before.write('two ');
    const during = open();
    during.write('three ');
    sockets[0]?.write('unasked ');
    await once(during, 'connect');
    // As long as it takes others to speak to the server, and it to them.
    const direct = connect((server.address() as AddressInfo).port, '127.0.0.1');
    for (let turn = 0; turn < 20; turn += 1) await echo(direct, '.');
    const held = [got.replaceAll('.', ''), proxy.connections, before.bytesRead, during.bytesRead];
    const answers = Promise.all([once(before, 'data'), once(during, 'data')]);
    await proxy.heal();
    await answers;
    await expect.poll(() => got.replaceAll('.', '').length).toBe('one two three '.length);
    expect(held).toEqual(['one ', 2, 'one '.length, 0]);
    for (const socket of [before, during, direct]) socket.destroy();
  });

  it('black hole: that an end has gone is learnt only when it is healed', async () => {
    const socket = open();
    await echo(socket, 'one');
    proxy.blackHole();
    socket.resetAndDestroy();
    await closed(socket);
    const direct = connect((server.address() as AddressInfo).port, '127.0.0.1');
    for (let turn = 0; turn < 20; turn += 1) await echo(direct, '.');
    const unaware = [proxy.connections, sockets[0]?.destroyed];
    const told = closed(sockets[0]);
    await proxy.heal();
    await told;
    expect([unaware, proxy.connections]).toEqual([[1, false], 0]);
    direct.destroy();
  });

  it('a server that is not there resets who came for it', async () => {
    await using lost = await startFaultProxy({ host: '127.0.0.1', port: 1 });
    const socket = connect(lost.port, '127.0.0.1').on('error', () => {});
    await closed(socket);
    expect(lost.connections).toBe(0);
  });

  it('disposed, it has ended every connection and left its port', async () => {
    const socket = open();
    await echo(socket, 'one');
    const ended = closed(socket);
    await proxy[Symbol.asyncDispose]();
    await ended;
    expect([await outcome(open()), proxy.connections]).toEqual(['ECONNREFUSED', 0]);
  });
});
