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
  using transport = createTransport(engine.channels, () => 'observe');
  return await negotiate(transport, steppingClock(), new AbortController().signal);
}

const DOCKER = { Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12' };

test.each<[string, Engine, unknown]>([
  [
    'Docker 20.10',
    { version: DOCKER },
    { engine: { name: 'docker', version: '20.10.24', apiVersion: '1.41' }, clockOffsetMs: 0 },
  ],
  [
    'Docker of the future, still speaking ours',
    { version: { Version: '31.0.0', ApiVersion: '1.60', MinAPIVersion: '1.51', Extra: { a: 1 } } },
    { engine: { name: 'docker', version: '31.0.0', apiVersion: '1.51' }, clockOffsetMs: 0 },
  ],
  [
    'Podman 4, by its component',
    { version: { ...DOCKER, Version: '0.0', Components: [{ Name: 'Podman Engine', Version: '4.3.1', Details: {} }] } },
    { engine: { name: 'podman', version: '4.3.1', apiVersion: '1.41' }, clockOffsetMs: 0 },
  ],
  [
    'a version with an escape sequence in it',
    { version: { ...DOCKER, Version: '\u001b[31m20' } },
    { engine: { name: 'docker', version: '\u241b[31m20', apiVersion: '1.41' }, clockOffsetMs: 0 },
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
    'a proxy that denies',
    { version: DOCKER, ping: { status: 403, body: '<h1>403 Forbidden</h1>' } },
    {
      code: 'ENGINE_DENIED',
      message: expect.stringContaining('“ping” is denied on this host (403): <h1>403 Forbidden</h1>'),
    },
  ],
])('%s', async (_name, engine, error) => {
  await expect(negotiated(engine)).rejects.toMatchObject(error);
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
  ['silence and a hang-up', '', { code: 'ENGINE_UNREACHABLE' }],
])('%s', async (_name, greeting, error) => {
  await using engine = await startRawEngine(greeting);
  using transport = createTransport(engine.channels, () => 'observe');
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
