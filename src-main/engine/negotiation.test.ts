import { expect, test } from 'vitest';
import type { Clock } from '../kernel/clock.ts';
import { startFakeEngine, startRawEngine } from './fake-engine.fixture.ts';
import { negotiate, renegotiate } from './negotiation.ts';
import { createTransport } from './transport.ts';

const NOW = Date.parse('2026-02-03T04:05:06.000Z');

/** Each look at a clock takes 100 ms: a round trip is 100 ms long. */
function steppingClock(): Clock {
  let monotonic = 0;
  return {
    now: () => NOW,
    monotonic: () => (monotonic += 100),
    sleep: () => Promise.resolve(),
  };
}

interface Engine {
  readonly ping?: { readonly status?: number; readonly body?: string; readonly date?: string };
  readonly version?: unknown;
}

async function negotiated({ ping = {}, version }: Engine): Promise<unknown> {
  await using engine = await startFakeEngine((question, answer) => {
    answer.sendDate = false;
    if (question.url === '/_ping') {
      if (ping.date !== undefined) answer.setHeader('Date', ping.date);
      answer.writeHead(ping.status ?? 200).end(ping.body ?? 'OK');
    } else answer.end(typeof version === 'string' ? version : JSON.stringify(version));
  });
  using transport = createTransport(engine.channels, { mode: () => 'observe' });
  return await negotiate(transport, steppingClock(), new AbortController().signal);
}

const DOCKER = { Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12' };

test.each<[string, Engine, unknown]>([
  [
    'Docker 20.10',
    { version: DOCKER },
    { engine: { name: 'docker', version: '20.10.24', apiVersion: '1.41' }, clockOffsetMs: 0, pulse: 'ping' },
  ],
  [
    'Docker of the future, still speaking ours',
    { version: { Version: '31.0.0', ApiVersion: '1.60', MinAPIVersion: '1.51', Extra: { a: 1 } } },
    { engine: { name: 'docker', version: '31.0.0', apiVersion: '1.51' }, clockOffsetMs: 0, pulse: 'ping' },
  ],
  [
    'Podman 4, by its component',
    { version: { ...DOCKER, Version: '0.0', Components: [{ Name: 'Podman Engine', Version: '4.3.1', Details: {} }] } },
    { engine: { name: 'podman', version: '4.3.1', apiVersion: '1.41' }, clockOffsetMs: 0, pulse: 'ping' },
  ],
  [
    'a version with an escape sequence in it',
    { version: { ...DOCKER, Version: '\u001b[31m20' } },
    { engine: { name: 'docker', version: '\u241b[31m20', apiVersion: '1.41' }, clockOffsetMs: 0, pulse: 'ping' },
  ],
])('%s', async (_name, engine, agreement) => {
  const told = await negotiated(engine);
  expect(told).toEqual(agreement);
});

test('the clock offset is the Date, at its half second, against the middle of the round trip', async () => {
  // Both questions are asked at once, so the first one's round trip is three looks at the clock away: 200 or 300 ms.
  const told = await negotiated({ version: DOCKER, ping: { date: 'Tue, 03 Feb 2026 04:06:06 GMT' } });
  const offset = (told as { clockOffsetMs: number }).clockOffsetMs;
  expect([60_500 - 100, 60_500 - 150]).toContain(offset);
});

test.each<[string, Engine, object]>([
  [
    'an engine too old',
    { version: { Version: '19.03', ApiVersion: '1.40' } },
    { code: 'API_TOO_OLD', hint: 'Update the engine on the host.' },
  ],
  [
    'an engine too new',
    { version: { ...DOCKER, ApiVersion: '1.70', MinAPIVersion: '1.52' } },
    { code: 'API_TOO_NEW', hint: 'Update Binnacle.' },
  ],
  ['another API altogether', { version: { ...DOCKER, ApiVersion: '5.0.0' } }, { code: 'ENGINE_ANSWER_INVALID' }],
  [
    'a web page',
    { version: '<!doctype html><h1>\u202eHi' },
    { code: 'ENGINE_ANSWER_INVALID', details: { call: 'version', seen: '<!doctype html><h1>\\u{202e}Hi' } },
  ],
  [
    'truncated JSON',
    { version: '{"Version":"20.10' },
    { code: 'ENGINE_ANSWER_INVALID', message: expect.stringContaining('it is not JSON') },
  ],
  ['nothing', { version: '' }, { code: 'ENGINE_ANSWER_INVALID', message: expect.stringContaining('It is empty') }],
  [
    'JSON of something else',
    { version: {} },
    { code: 'ENGINE_ANSWER_INVALID', message: expect.stringContaining('“Version” is wrong') },
  ],
  ['a list', { version: [] }, { code: 'ENGINE_ANSWER_INVALID' }],
  [
    'an engine that hides nothing but is in trouble',
    { version: DOCKER, ping: { status: 500, body: '{"message":"no"}' } },
    { code: 'ENGINE_ERROR' },
  ],
  [
    'a proxy without an engine behind it',
    { version: DOCKER, ping: { status: 503, body: '<html><body><h1>503 Service Unavailable</h1>\n</body></html>' } },
    { code: 'ENGINE_UNREACHABLE', message: expect.stringContaining('(503): Service Unavailable') },
  ],
])('%s', async (_name, engine, error) => {
  await expect(negotiated(engine)).rejects.toMatchObject(error);
});

/** As docker-socket-proxy denies (HAProxy 2.x). */
const FORBIDDEN = '<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body></html>\n';
const LIST = '/v1.41/containers/json?all=true';

interface Policy {
  /** What is let through; all else is 403. Headers are those of the engine on everything it answers. */
  readonly allowed: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of the list. */
  readonly list?: { readonly status: number; readonly body: string };
  /** In place of 403. */
  readonly denial?: number;
}

async function behindPolicy({ allowed, headers = {}, list, denial = 403 }: Policy) {
  const asked: string[] = [];
  await using engine = await startFakeEngine((question, answer) => {
    const path = question.url ?? '';
    asked.push(path);
    answer.sendDate = false;
    if (!allowed.includes(path)) return void answer.writeHead(denial, { 'content-type': 'text/html' }).end(FORBIDDEN);
    for (const [name, value] of Object.entries(headers)) answer.setHeader(name, value);
    if (path === '/_ping') answer.end('OK');
    else if (path === '/version') answer.end(JSON.stringify(DOCKER));
    else if (list !== undefined) answer.writeHead(list.status).end(list.body);
    else answer.end('[]');
  });
  using transport = createTransport(engine.channels, { mode: () => 'observe' });
  const agreement = await negotiate(transport, steppingClock(), new AbortController().signal).catch((error) => error);
  return { agreement, asked };
}

const DOCKERS = { 'Api-Version': '1.43', Server: 'Docker/24.0.7 (linux)', Ostype: 'linux' };
const PODMANS = { 'Api-Version': '1.41', 'Libpod-Api-Version': '4.3.1', Server: 'Libpod/4.3.1 (linux)' };
const tooOldMessage = JSON.stringify({
  message: 'client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client',
});

test.each<[string, Policy, object, number]>([
  [
    'the ping is denied: version tells, and is the pulse',
    { allowed: ['/version', LIST] },
    { engine: { name: 'docker', version: '20.10.24', apiVersion: '1.41' }, clockOffsetMs: 0, pulse: 'version' },
    2,
  ],
  [
    'the version is denied: the headers of the ping tell',
    { allowed: ['/_ping'], headers: DOCKERS },
    { engine: { name: 'docker', version: '24.0.7', apiVersion: '1.43' }, clockOffsetMs: 0, pulse: 'ping' },
    2,
  ],
  [
    'the version is denied, and it is Podman',
    { allowed: ['/_ping'], headers: PODMANS },
    { engine: { name: 'podman', version: '4.3.1', apiVersion: '1.41' }, clockOffsetMs: 0, pulse: 'ping' },
    2,
  ],
  [
    'the version is denied, and the proxy drops what the server calls itself',
    { allowed: ['/_ping'], headers: { 'Api-Version': '1.45' } },
    { engine: { name: 'docker', version: 'unknown version', apiVersion: '1.45' }, clockOffsetMs: 0, pulse: 'ping' },
    2,
  ],
  [
    'the version is denied, and the ping has no headers: the list at the floor',
    { allowed: ['/_ping', LIST] },
    { engine: { name: 'docker', version: 'unknown version', apiVersion: '1.41' }, clockOffsetMs: 0, pulse: 'ping' },
    3,
  ],
  [
    'both are denied: the list’s own headers tell, and it is the pulse',
    { allowed: [LIST], headers: DOCKERS },
    { engine: { name: 'docker', version: '24.0.7', apiVersion: '1.43' }, clockOffsetMs: 0, pulse: 'list' },
    3,
  ],
  [
    'both are denied by 404, as some proxies do',
    { allowed: [LIST], denial: 404 },
    { engine: { name: 'docker', version: 'unknown version', apiVersion: '1.41' }, clockOffsetMs: 0, pulse: 'list' },
    3,
  ],
  [
    'both are denied, and the engine no longer speaks the floor',
    { allowed: [LIST], list: { status: 400, body: tooOldMessage } },
    { engine: { name: 'docker', version: 'unknown version', apiVersion: '1.44' }, clockOffsetMs: 0, pulse: 'list' },
    3,
  ],
  [
    'all is denied',
    { allowed: [] },
    { code: 'ENGINE_DENIED', message: '“list containers” is denied on this host (403): Forbidden' },
    3,
  ],
  ['there is nothing of an engine at all', { allowed: [], denial: 404 }, { code: 'ENGINE_ANSWER_INVALID' }, 3],
  [
    'all is denied but a list that is none',
    { allowed: [LIST], list: { status: 200, body: '{"hello":"world"}' } },
    { code: 'ENGINE_ANSWER_INVALID' },
    3,
  ],
  [
    'the headers tell of an engine too old',
    { allowed: ['/_ping'], headers: { 'Api-Version': '1.40' } },
    { code: 'API_TOO_OLD' },
    2,
  ],
  [
    'the headers are no engine’s',
    { allowed: ['/_ping'], headers: { 'Api-Version': '9'.repeat(4_000) } },
    { code: 'ENGINE_ANSWER_INVALID' },
    2,
  ],
])('behind a policy: %s', async (_name, policy, expected, requests) => {
  const { agreement, asked } = await behindPolicy(policy);
  expect(agreement).toMatchObject(expected);
  expect(asked).toHaveLength(requests);
});

test.each([
  [
    'not HTTP',
    'SSH-2.0-OpenSSH_9.2p1\r\n',
    { code: 'ENGINE_ANSWER_INVALID', details: { seen: expect.stringContaining('SSH-2.0') } },
  ],
  [
    'a flood of something',
    Buffer.alloc(100_000, 7),
    { code: 'ENGINE_ANSWER_INVALID', details: { seen: expect.stringMatching(/^\u2407+…$/) } },
  ],
  [
    'silence and a hang-up',
    '',
    { code: 'ENGINE_UNREACHABLE', message: 'What answers there hung up before it had said what it is.' },
  ],
  [
    'dockerd behind TLS',
    'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n',
    { code: 'ENGINE_ANSWER_INVALID', message: 'What answers there speaks TLS, and Binnacle does not.' },
  ],
  [
    'nginx with TLS',
    'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>',
    { code: 'ENGINE_ANSWER_INVALID', message: 'What answers there speaks TLS, and Binnacle does not.' },
  ],
  [
    'a stranger’s failure',
    'HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n\r\n<h1>Sorry</h1>',
    {
      code: 'ENGINE_ANSWER_INVALID',
      message: expect.stringMatching(/^The answer to “\w+” is not one of an engine: it has the status 500\./),
    },
  ],
  [
    'an engine’s own failure',
    'HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n\r\n{"message":"no space left on device"}',
    { code: 'ENGINE_ERROR', message: expect.stringMatching(/no space left on device$/) },
  ],
  [
    'a stranger who lets nobody in',
    'HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\nNo.',
    { code: 'ENGINE_DENIED', hint: expect.stringMatching(/Or it is no engine at all that answers there/) },
  ],
])('%s', async (_name, greeting, error) => {
  await using engine = await startRawEngine(greeting);
  using transport = createTransport(engine.channels, { mode: () => 'observe' });
  await expect(negotiate(transport, steppingClock(), new AbortController().signal)).rejects.toMatchObject(error);
});

function refusal(message: string, status = 400) {
  return renegotiate({ call: 'list containers', status, headers: {}, body: Buffer.from(JSON.stringify({ message })) });
}

test('a 400 that names a version is taken up, others are not', () => {
  const told = 'supported API version is';
  expect([
    refusal(`client version 1.51 is too new. Maximum ${told} 1.43`),
    refusal(`client version 1.41 is too old. Minimum ${told} 1.44, please upgrade your client to a newer version`),
    refusal(`client version 1.51 is too new. Maximum ${told} 1.43`, 500),
    refusal('no such filter'),
    refusal(`client version 1.51 is too new. Maximum ${told} 1.043`),
  ]).toEqual(['1.43', '1.44', null, null, '1.43']);
  expect(() => refusal(`client version 1.41 is too new. Maximum ${told} 1.40`)).toThrow(
    expect.objectContaining({ code: 'API_TOO_OLD' }),
  );
  expect(() => refusal(`client version 1.51 is too old. Minimum ${told} 1.52`)).toThrow(
    expect.objectContaining({ code: 'API_TOO_NEW' }),
  );
});

test.each([
  'client version 1.51 is too new. Maximum supported API version is 1.99',
  'client version 1.41 is too old. Minimum supported API version is 1.10',
])('a 400 that names a version which Binnacle could have spoken all along is no answer: %s', (text) => {
  expect(() => refusal(text)).toThrow(expect.objectContaining({ code: 'ENGINE_ANSWER_INVALID' }));
});
