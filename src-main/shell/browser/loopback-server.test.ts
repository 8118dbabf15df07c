import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manualClock } from '../../kernel/clock.fixture.ts';
import { limits } from '../../kernel/limits.ts';
import { ask, letIn, PAGE, pageFolder, post, sendRaw, startServer, type TestServer } from './loopback.fixture.ts';
import { startLoopbackServer } from './loopback-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  // None of what is sent here is a fault of ours.
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
});

/** A refusal says nothing but its status. */
const refused = (status: number) => ({ status, body: '' });
const told = ({ status, body }: { status: number; body: string }) => ({ status, body });

describe('the page', () => {
  it('is served with everything that keeps others out of it', async () => {
    const { status, headers, body } = await ask(server, {});
    const { date: _date, 'permissions-policy': policy, ...others } = headers;
    const denied = String(policy);
    expect({ status, body, headers: others }).toEqual({
      status: 200,
      body: PAGE,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-length': String(PAGE.length),
        'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self' ws://127.0.0.1:${server.port}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-cache',
        etag: expect.stringMatching(/^"[\w-]{43}"$/),
        connection: 'keep-alive',
        'keep-alive': 'timeout=5',
      },
    });
    expect([denied.includes('camera=()'), denied.replace(/[\w-]+=\(\)(, )?/g, '')]).toEqual([true, '']);
  });

  it('is asked for again, its hashed files are not', async () => {
    const asset = await ask(server, { path: '/assets/index-D5MyDBG6.js' });
    const again = await ask(server, { headers: { 'if-none-match': (await ask(server, {})).headers.etag } });
    expect([asset.headers['cache-control'], asset.headers['content-type'], again.status, again.body]).toEqual([
      'private, max-age=31536000, immutable',
      'text/javascript; charset=utf-8',
      304,
      '',
    ]);
  });

  it.each([
    '/index.html',
    '/?token=1',
    '//',
    '/..',
    '/../package.json',
    '/assets/../index.html',
    '/assets/%2e%2e/%2e%2e/etc/passwd',
    '/assets/..%2f..%2fetc%2fpasswd',
    '/assets\\..\\..\\etc\\passwd',
    '/assets/index-D5MyDBG6.js%00.html',
    '/ASSETS/index-D5MyDBG6.js',
    '/etc/passwd',
    '/__proto__',
    '/socket',
    'http://127.0.0.1/',
    '*',
  ])('has no file %s', async (path) => {
    expect(told(await ask(server, { path }))).toEqual(refused(404));
  });
});

describe('a request that comes from elsewhere', () => {
  it.each(['evil.example', 'localhost', '127.0.0.1', '127.0.0.1:1', '127.0.0.2', '[::1]', '0.0.0.0', '2130706433'])(
    'is refused under the name %s',
    async (name) => {
      const host = /:1$|^127.0.0.1$/.test(name) ? name : `${name}:${server.port}`;
      const answers = [
        await ask(server, { headers: { host } }),
        await post(server, JSON.stringify({ token: server.token() }), { host }),
      ];
      expect(answers.map(told)).toEqual([refused(403), refused(403)]);
    },
  );

  it('is refused with two names, or none', async () => {
    const good = `127.0.0.1:${server.port}`;
    const get = (headers: string) => sendRaw(server, `GET / HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`);
    const statuses = [
      await get(`Host: ${good}\r\nHost: evil.example\r\n`),
      await get(`Host: evil.example\r\nHost: ${good}\r\n`),
      await get('Host: \r\n'),
      await get(''),
      await get(`Host: ${good}\r\n`),
    ].map((answer) => answer.slice(9, 12));
    expect(statuses).toEqual(['403', '403', '403', '400', '200']);
  });

  it.each([
    ['same-origin', 200],
    ['none', 200],
    [undefined, 200],
    ['same-site', 403],
    ['cross-site', 403],
    ['None', 403],
    ['', 403],
    [['none', 'none'], 403],
  ])('is told by Sec-Fetch-Site %s: %i', async (site, status) => {
    const headers = site === undefined ? {} : { 'sec-fetch-site': site };
    expect((await ask(server, { headers })).status).toBe(status);
  });

  it.each([
    undefined,
    'null',
    'http://evil.example',
    'http://127.0.0.1',
    'http://127.0.0.1:1',
    'http://localhost:PORT',
    'https://127.0.0.1:PORT',
    'http://127.0.0.1:PORT/',
    'http://127.0.0.1:PORT.evil.example',
    'HTTP://127.0.0.1:PORT',
  ])('may not post from %s', async (pattern) => {
    const origin = pattern?.replace('PORT', String(server.port));
    expect(told(await post(server, JSON.stringify({ token: server.token() }), { origin }))).toEqual(refused(403));
  });

  it('may not read either, where it says where it comes from', async () => {
    expect(told(await ask(server, { headers: { origin: 'http://127.0.0.1:1' } }))).toEqual(refused(403));
  });

  it.each(['HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'POST', 'TRACE', 'PROPFIND'])(
    'has no use for %s',
    async (method) => {
      const from = { origin: server.origin };
      const statuses = [
        await ask(server, { method }),
        await ask(server, { method, headers: from }),
        await ask(server, { method, headers: from, path: '/none' }),
        ...(method === 'POST' ? [] : [await ask(server, { method, headers: from, path: '/session' })]),
      ].map(({ status }) => status);
      expect(statuses).toEqual([403, 405, 404, ...(method === 'POST' ? [] : [405])]);
    },
  );
});

describe('POST /session', () => {
  it('gives a secret to the page and a cookie to the browser, for one token, once', async () => {
    const token = JSON.stringify({ token: server.token() });
    const answer = await post(server, token);
    expect([
      answer.status,
      JSON.parse(answer.body),
      answer.headers['set-cookie'],
      answer.headers['cache-control'],
    ]).toEqual([
      200,
      { secret: expect.stringMatching(/^[\w-]{43}$/) },
      [expect.stringMatching(new RegExp(`^binnacle-${server.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`))],
      'no-store',
    ]);
    expect(told(await post(server, token))).toEqual(refused(403));
  });

  it('keeps the one cookie of a browser', async () => {
    const first = await letIn(server);
    const second = await letIn(server, `other=1; ${first.cookie}; binnacle-1=x`);
    expect([second.cookie === first.cookie, second.secret === first.secret]).toEqual([true, false]);
  });

  it('refuses a token that waited too long', async () => {
    const clock = manualClock(0);
    await using old = await startServer({ clock });
    const token = old.token();
    await clock.advance(limits.browser.tokenMs + 1);
    expect(told(await post(old, JSON.stringify({ token })))).toEqual(refused(403));
  });

  it('refuses 1,000 random tokens, and takes the right one in their midst', async () => {
    const token = server.token();
    const guesses = Array.from({ length: 1_000 }, async () => {
      return (await post(server, JSON.stringify({ token: randomBytes(32).toString('base64url') }))).status;
    });
    const right = post(server, JSON.stringify({ token }));
    const statuses = new Set(await Promise.all(guesses));
    expect([[...statuses], (await right).status]).toEqual([[403], 200]);
  });

  it.each([
    ['nothing', '', 400],
    ['no JSON', 'token=1', 400],
    ['no object', '"token"', 400],
    ['no token', '{}', 400],
    ['a token that is no text', '{"token":{"toString":1}}', 400],
    ['more than a token', '{"token":"a","admin":true}', 400],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]), 400],
    ['an empty token', '{"token":""}', 403],
    ['too much', JSON.stringify({ token: 'a'.repeat(limits.browser.bodyBytes) }), 413],
  ])('refuses %s', async (_what, body, status) => {
    expect(told(await post(server, body))).toEqual(refused(status));
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-8', undefined])(
    'refuses what a form could send: %s',
    async (type) => {
      const body = JSON.stringify({ token: server.token() });
      expect(told(await post(server, body, { 'content-type': type }))).toEqual(refused(415));
    },
  );

  it('stops reading a body that has no end', async () => {
    const head = [
      'POST /session HTTP/1.1',
      `Host: 127.0.0.1:${server.port}`,
      `Origin: ${server.origin}`,
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
    ].join('\r\n');
    const chunk = `1000\r\n${'a'.repeat(4_096)}\r\n`;
    expect((await sendRaw(server, `${head}\r\n\r\n${chunk}`)).slice(9, 12)).toBe('413');
  });
});

describe('the port', () => {
  it('is of loopback alone', async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4')
      .map(({ address }) => address);
    const reached = await Promise.all(
      [...others, '127.0.0.2', '::1'].map(async (host) => {
        const socket = connect(server.port, host);
        const [outcome] = await Promise.race([
          once(socket, 'connect').then(() => ['connected']),
          once(socket, 'error').then(([error]) => [error.code]),
        ]).catch((error) => [error.code]);
        socket.destroy();
        return outcome === 'connected';
      }),
    );
    expect(new Set(reached)).toEqual(new Set([false]));
  });

  it('that is taken is told', async () => {
    await using page = await pageFolder();
    const options = { rendererFolder: page.folder, clock: manualClock(0), onFault: () => {} };
    const serve = () => ({ [Symbol.dispose]: () => {} });
    await expect(startLoopbackServer({ ...options, serve, port: server.port })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: `Port ${server.port} is taken.`,
      details: { port: server.port },
    });
  });

  it('is free again after the end', async () => {
    const first = await startServer();
    const { port } = first;
    // A connection that is kept open does not hold it.
    await ask(first, {});
    await first[Symbol.asyncDispose]();
    await using second = await startServer({ port });
    expect((await ask(second, {})).status).toBe(200);
  });
});
