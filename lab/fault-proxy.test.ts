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

  it('reset: every connection is reset, further ones are welcome at once', async () => {
    const socket = open();
    await echo(socket, 'one');
    const why = outcome(socket);
    proxy.reset();
    const again = open();
    expect([await why, await echo(again, 'two'), proxy.connections]).toEqual(['ECONNRESET', 'two', 1]);
    again.destroy();
  });

  it('refuse: further connections are refused, those that stand go on', async () => {
    const socket = open();
    await echo(socket, 'one');
    proxy.refuse();
    expect([await outcome(open()), await echo(socket, 'two')]).toEqual(['ECONNREFUSED', 'two']);
    await proxy.heal();
    const again = open();
    expect(await echo(again, 'three')).toBe('three');
    for (const each of [socket, again]) each.destroy();
  });

  it('latency: every byte is late, each way, in its order; healed, what is under way comes at once', async () => {
    const socket = open();
    await echo(socket, 'one');
    proxy.latency(150);
    const began = performance.now();
    socket.write('a');
    socket.write('b');
    socket.end('c');
    expect(String(await buffer(socket))).toBe('abc');
    const tookMs = performance.now() - began;
    expect(tookMs).toBeGreaterThan(295);
    expect(tookMs).toBeLessThan(1_000);

    const other = open();
    proxy.latency(20_000);
    const answer = once(other, 'data');
    other.write('held');
    await expect.poll(() => other.bytesWritten).toBe(4);
    // Until it has reached the proxy, from where alone it can be held.
    const direct = connect((server.address() as AddressInfo).port, '127.0.0.1');
    for (let turn = 0; turn < 20; turn += 1) await echo(direct, '.');
    await proxy.heal();
    expect(String((await answer)[0])).toBe('held');
    for (const each of [other, direct]) each.destroy();
  });

  it('drip: what is said comes whole, in tiny pieces, as slowly as it is told to', async () => {
    proxy.drip(2_000);
    const sent = Buffer.alloc(1_000, 'abcdefg');
    const socket = open();
    const pieces: number[] = [];
    socket.on('data', (bytes) => pieces.push(bytes.length));
    const began = performance.now();
    socket.end(sent);
    const back = await buffer(socket);
    expect([back.equals(sent), Math.max(...pieces) <= 200]).toEqual([true, true]);
    expect(performance.now() - began).toBeGreaterThan(400);
    // Far below a byte each time it lets something through: still a byte at a time.
    proxy.drip(20);
    const slow = open();
    const [first] = await Promise.all([once(slow, 'data'), Promise.resolve(slow.write('xyz'))]);
    expect(String(first[0])).toBe('x');
    slow.destroy();
  });

  it.each(['accepted', 'refused'] as const)(
    'cut after N bytes: exactly so many come, over all connections, and further ones are %s',
    async (further) => {
      const [first, second] = [open(), open()];
      await Promise.all([echo(first, 'warm'), echo(second, 'warm')]);
      const far = sockets.map(closed);
      proxy.cutAfter(5, further);
      expect(await echo(first, 'abc')).toBe('abc');
      const why = [outcome(first), outcome(second)];
      expect(await echo(second, 'defgh')).toBe('de');
      expect(await Promise.all(why)).toEqual(['ECONNRESET', 'ECONNRESET']);
      await Promise.all(far);
      const again = open();
      expect([await outcome(again), proxy.connections]).toEqual(
        further === 'accepted' ? ['open', 1] : ['ECONNREFUSED', 0],
      );
      await proxy.heal();
      const healed = open();
      expect(await echo(healed, 'as long as it likes')).toBe('as long as it likes');
      for (const each of [again, healed]) each.destroy();
    },
  );

  it('cut after N bytes: what the other end is sent is not counted', async () => {
    const quiet = createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .on('data', (bytes) => (got += bytes)),
    );
    await once(quiet.listen(0, '127.0.0.1'), 'listening');
    await using way = await startFaultProxy({ host: '127.0.0.1', port: (quiet.address() as AddressInfo).port });
    way.cutAfter(1);
    const socket = connect(way.port, '127.0.0.1').on('error', () => {});
    socket.write('more than one');
    await expect.poll(() => got).toBe('more than one');
    expect(way.connections).toBe(1);
    socket.destroy();
    await new Promise((resolve) => quiet.close(resolve));
  });

  it('faults go together: what is late is held by a black hole, and cut', async () => {
    const socket = open();
    await echo(socket, 'one');
    for (const fault of [
      { kind: 'latency', ms: 50 },
      { kind: 'drip', bytesPerSecond: 1_000 },
    ] as const) {
      proxy.apply(fault);
    }
    socket.write('two');
    proxy.apply({ kind: 'black hole' });
    const why = outcome(socket);
    proxy.apply({ kind: 'cut after', bytes: 2, further: 'accepted' });
    const direct = connect((server.address() as AddressInfo).port, '127.0.0.1');
    for (let turn = 0; turn < 20; turn += 1) await echo(direct, '.');
    expect([got.replaceAll('.', ''), proxy.connections]).toEqual(['one', 1]);
    proxy.apply({ kind: 'reset' });
    expect([await why, proxy.connections]).toEqual(['ECONNRESET', 0]);
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
