import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../kernel/limits.ts';
import { ask, sendRaw, startServer, type TestServer } from './loopback.fixture.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
});

describe('what is no request', () => {
  it.each([
    ['noise', '\x16\x03\x01\x02\x00\x01\x00', '400'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', '400'],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      '400',
    ],
    [
      'headers beyond the bound',
      `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(limits.browser.headerBytes)}\r\n\r\n`,
      '431',
    ],
    ['a tunnel', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n', ''],
  ])('is cut off: %s', async (_what, bytes, status) => {
    expect((await sendRaw(server, bytes)).slice(9, 12)).toBe(status);
  });

  it.each([
    ['that says nothing', ''],
    ['that never ends its headers', 'GET / HTTP/1.1\r\nHost: a\r\n'],
  ])('is not waited for: a connection %s', async (_what, bytes) => {
    expect((await sendRaw(server, bytes)).slice(9, 12)).toBe('408');
  });

  it('is dropped beyond the bound of connections, and others are served after', async () => {
    const held = Array.from({ length: limits.browser.connections }, () => connect(server.port, '127.0.0.1'));
    await Promise.all(held.map((socket) => once(socket, 'connect')));
    const beyond = await sendRaw(server, 'GET / HTTP/1.1\r\n\r\n');
    for (const socket of held) socket.destroy();
    await Promise.all(held.map((socket) => socket.closed || once(socket, 'close')));
    expect(beyond).toBe('');
    await expect.poll(async () => (await ask(server, {})).status).toBe(200);
  });
});
