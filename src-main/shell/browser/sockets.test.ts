import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { manualClock } from '../../kernel/clock.fixture.ts';
import { limits } from '../../kernel/limits.ts';
import { ask, type Let, letIn, openSocket, sendRaw, startServer, type TestServer } from './loopback.fixture.ts';

let server: TestServer;
let window: Let;
beforeAll(async () => {
  server = await startServer();
  window = await letIn(server);
});
afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
});

async function opened(of: TestServer, by: Let): Promise<WebSocket> {
  const socket = await openSocket(of, by);
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
  return socket;
}

async function closeOf(socket: WebSocket): Promise<number> {
  const [code] = (await once(socket, 'close')) as [number];
  return code;
}

describe('a window that was let in', () => {
  it('has a way to the core, whose secret is not echoed', async () => {
    const socket = await opened(server, window);
    socket.send('hello');
    const [answer] = await once(socket, 'message');
    expect([`${answer}`, socket.protocol, socket.extensions]).toEqual(['hello', 'binnacle', '']);
    socket.close();
  });

  it('may load again, have several, and be beside ten others of its browser', async () => {
    const others = [window];
    for (let tab = 0; tab < 10; tab += 1) others.push(await letIn(server, window.cookie));
    const sockets = await Promise.all([...others, ...others].map((by) => opened(server, by)));
    expect(sockets.map(({ readyState }) => readyState)).toEqual(sockets.map(() => WebSocket.OPEN));
    for (const socket of sockets) socket.terminate();
  });

  it('is let in while others guess', async () => {
    const guesses = Array.from({ length: 50 }, () => openSocket(server, { ...window, secret: 'wrong' }));
    const socket = await opened(server, window);
    expect([socket.readyState, ...new Set(await Promise.all(guesses))]).toEqual([WebSocket.OPEN, 403]);
    socket.terminate();
  });
});

describe('a socket is refused', () => {
  const secretOf = (by: Let) => ['binnacle', `binnacle.${by.secret}`];

  it('to 1,000 random secrets', async () => {
    const guesses = Array.from({ length: 1_000 }, () => randomBytes(32).toString('base64url'));
    const outcomes = new Set<unknown>();
    const next = async (): Promise<void> => {
      const secret = guesses.pop();
      if (secret === undefined) return;
      outcomes.add(await openSocket(server, { ...window, secret }));
      await next();
    };
    await Promise.all(Array.from({ length: 64 }, next));
    expect([...outcomes]).toEqual([403]);
  });

  it('without the cookie, with another one, or with the secret in its place', async () => {
    const other = await letIn(server);
    const { secret } = window;
    const name = window.cookie.split('=')[0];
    expect([
      await openSocket(server, { secret }),
      await openSocket(server, { secret, cookie: other.cookie }),
      await openSocket(server, { secret, cookie: `${name}=${secret}` }),
      await openSocket(server, { secret, cookie: window.cookie.replace('binnacle-', 'binnacle-1') }),
      await openSocket(server, { secret, cookie: `${window.cookie}x` }),
      await openSocket(server, { cookie: window.cookie, secret: '' }),
    ]).toEqual([403, 403, 403, 403, 403, 403]);
  });

  it.each([
    'null',
    'http://evil.example',
    'http://127.0.0.1:1',
    'http://localhost:PORT',
    'https://127.0.0.1:PORT',
    'ws://127.0.0.1:PORT',
    '',
  ])('to a page of %s, whatever it has', async (pattern) => {
    const origin = pattern.replace('PORT', String(server.port));
    expect(await openSocket(server, { ...window, headers: { origin } })).toBe(403);
  });

  it.each(['evil.example:PORT', 'localhost:PORT', '127.0.0.1', '127.0.0.1:1'])('under the name %s', async (pattern) => {
    const host = pattern.replace('PORT', String(server.port));
    const origins = [server.origin, `http://${host}`];
    const statuses = origins.map((origin) => openSocket(server, { ...window, headers: { host, origin } }));
    expect(await Promise.all(statuses)).toEqual([403, 403]);
  });

  it.each(['/', '/socket/', '/socket?secret=1', '/SOCKET', '/%73ocket'])('at %s', async (path) => {
    expect(await openSocket(server, { ...window, path })).toBe(404);
  });

  it.each([
    ['no protocol', () => []],
    ['no secret', () => ['binnacle']],
    ['nothing beside the secret', (by: Let) => [`binnacle.${by.secret}`]],
    ['a secret without its mark', (by: Let) => ['binnacle', by.secret]],
    ['more than the secret', (by: Let) => [...secretOf(by), 'other']],
    ['two secrets', (by: Let) => [...secretOf(by), 'binnacle.wrong']],
    ['another protocol', (by: Let) => ['other', `binnacle.${by.secret}`]],
  ])('that offers %s', async (_what, offer) => {
    expect(await openSocket(server, { cookie: window.cookie, protocols: offer(window) })).toBe(400);
  });

  it.each([
    ['another protocol', ['Upgrade: h2c'], 400],
    [
      'an old version',
      ['Upgrade: websocket', 'Sec-WebSocket-Version: 7', 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg=='],
      400,
    ],
    ['no key', ['Upgrade: websocket', 'Sec-WebSocket-Version: 13'], 400],
    ['a key that is none', ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: hello'], 400],
    ['two pages', ['Upgrade: websocket', 'Origin: http://evil.example'], 403],
  ])('to a handshake with %s, without a word', async (_what, lines, status) => {
    const head = [
      'GET /socket HTTP/1.1',
      `Host: 127.0.0.1:${server.port}`,
      'Connection: Upgrade',
      `Origin: ${server.origin}`,
      `Cookie: ${window.cookie}`,
      `Sec-WebSocket-Protocol: ${secretOf(window).join(', ')}`,
      ...lines,
    ];
    const [first, ...rest] = (await sendRaw(server, `${head.join('\r\n')}\r\n\r\n`)).split('\r\n');
    expect([first?.slice(9, 12), rest]).toEqual([String(status), ['Connection: close', 'Content-Length: 0', '', '']]);
  });

  it('to any other method', async () => {
    const head = [
      'POST /socket HTTP/1.1',
      `Host: 127.0.0.1:${server.port}`,
      `Origin: ${server.origin}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
    ];
    expect((await sendRaw(server, `${head.join('\r\n')}\r\n\r\n`)).slice(9, 12)).toBe('400');
  });

  it('beyond the bound, until one is closed', async () => {
    await using full = await startServer();
    const by = await letIn(full);
    const sockets = await Promise.all(Array.from({ length: limits.browser.sockets }, () => opened(full, by)));
    const beyond = await openSocket(full, by);
    const [first] = sockets;
    first?.close();
    await once(first as WebSocket, 'close');
    // Its own end may be a moment later.
    await expect.poll(() => openSocket(full, by)).toBeInstanceOf(WebSocket);
    expect(beyond).toBe(429);
  });
});

describe('an open socket', () => {
  it('is closed at a message beyond the bound, and nobody else is', async () => {
    const [loud, calm] = [await opened(server, window), await opened(server, window)];
    loud.send('a'.repeat(limits.browser.messageBytes + 1));
    expect([await closeOf(loud), calm.readyState]).toEqual([1_009, WebSocket.OPEN]);
    calm.terminate();
  });

  it('is closed at a frame that is none', async () => {
    const socket = await opened(server, window);
    // Reserved bits and an opcode nobody knows; the client is past its own checks here.
    (socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(
      Buffer.from([0xff, 0x80, 1, 2, 3, 4]),
    );
    expect(await closeOf(socket)).toBe(1_002);
  });

  it('is ended, and its serving with it, when its window is gone without a word', async () => {
    const clock = manualClock(0);
    let serving = 0;
    await using alone = await startServer({
      clock,
      serve: () => {
        serving += 1;
        return {
          [Symbol.dispose]() {
            serving -= 1;
          },
        };
      },
    });
    const by = await letIn(alone);
    const [alive, gone] = [await opened(alone, by), await opened(alone, by)];
    let pings = 0;
    alive.on('ping', () => {
      pings += 1;
    });
    // A machine that sleeps: the connection is there, and nobody answers.
    gone.pause();
    for (let beat = 1; beat <= limits.browser.unansweredPings; beat += 1) {
      await clock.advance(limits.browser.pingMs);
      await expect.poll(() => pings).toBe(beat);
    }
    const before = serving;
    await clock.advance(limits.browser.pingMs);
    await expect.poll(() => serving).toBe(1);
    expect([before, alive.readyState]).toEqual([2, WebSocket.OPEN]);
    gone.terminate();
  });

  it('is told when Binnacle ends', async () => {
    const ending = await startServer();
    const sockets = [await opened(ending, await letIn(ending)), await opened(ending, await letIn(ending))];
    const closed = Promise.all(sockets.map(closeOf));
    await ending[Symbol.asyncDispose]();
    expect([await closed, await openSocket(ending, window).catch((error) => error.code)]).toEqual([
      [1_001, 1_001],
      'ECONNREFUSED',
    ]);
  });

  it('is not opened any more while Binnacle ends', async () => {
    const clock = manualClock(0);
    const ending = await startServer({ clock });
    const by = await letIn(ending);
    // It takes its time to say goodbye, and another has begun to ask.
    const slow = await opened(ending, by);
    slow.pause();
    const asking = connect(ending.port, '127.0.0.1');
    asking.write('GET /socket HTTP/1.1\r\n');
    await once(asking, 'connect');
    await ask(ending, {});
    const end = ending[Symbol.asyncDispose]();
    await expect.poll(() => clock.sleeping()).toContain(limits.browser.goodbyeMs);
    const head = [
      `Host: 127.0.0.1:${ending.port}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      `Origin: ${ending.origin}`,
      `Cookie: ${by.cookie}`,
      `Sec-WebSocket-Protocol: ${['binnacle', `binnacle.${by.secret}`].join(', ')}`,
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==',
    ];
    asking.write(`${head.join('\r\n')}\r\n\r\n`);
    expect((await text(asking)).slice(9, 12)).toBe('503');
    await clock.advance(limits.browser.goodbyeMs);
    await end;
    slow.terminate();
  });

  it('cannot keep Binnacle from ending', async () => {
    const clock = manualClock(0);
    const ending = await startServer({ clock });
    const socket = await opened(ending, await letIn(ending));
    socket.pause();
    const end = ending[Symbol.asyncDispose]();
    await expect.poll(() => clock.sleeping()).toContain(limits.browser.goodbyeMs);
    await clock.advance(limits.browser.goodbyeMs);
    await end;
    socket.terminate();
  });
});
