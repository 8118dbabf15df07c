import { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import type { Channels } from './channels.ts';
import { never } from './client.fixture.ts';
import { wasNotSent } from './errors.ts';
import { startFakeEngine, startRawEngine } from './fake-engine.fixture.ts';
import { startRecordingEngine } from './recording-engine.fixture.ts';
import { createTransport, readAnswer, type Transport } from './transport.ts';

/** The status of an answer read to its end, or the code it failed with; or that it did neither. */
async function outcome(transport: Transport, signal = never): Promise<unknown> {
  const answer = async () => {
    try {
      return (await readAnswer(await transport.ask({ method: 'GET', path: '/_ping' }, signal))).status;
    } catch (error) {
      return error instanceof Error && 'code' in error ? error.code : error;
    }
  };
  return await Promise.race([answer(), pause(1_000, 'nothing')]);
}

/** A channel on which all of `text`, and its end, arrives in one turn. */
function inOneBurst(text: string): Channels {
  const channel = () =>
    new Duplex({
      read() {},
      write(_chunk, _encoding, done) {
        done();
        setImmediate(() => {
          this.push(text);
          this.push(null);
        });
      },
    });
  return { open: async () => channel() };
}

const HEAD = 'HTTP/1.1 200 OK\r\n';
const BREAKS: readonly (readonly [string, string, unknown])[] = [
  ['whole', `${HEAD}Content-Length: 2\r\n\r\nOK`, 200],
  ['whole without a body', 'HTTP/1.1 204 No Content\r\n\r\n', 204],
  ['announced too large', `${HEAD}Content-Length: 99999999999\r\n\r\nabc`, 'ENGINE_ANSWER_TOO_LARGE'],
  ['cut off', `${HEAD}Content-Length: 100\r\n\r\n{"Ap`, 'ENGINE_UNREACHABLE'],
  ['cut off in a chunk', `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nab`, 'ENGINE_UNREACHABLE'],
  ['of bad chunks', `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 'ENGINE_ANSWER_INVALID'],
  [
    'another protocol',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
    'ENGINE_ANSWER_INVALID',
  ],
];

test.each(BREAKS)('an answer %s, all in one turn', async (_name, text, expected) => {
  using transport = createTransport(inOneBurst(text), { mode: () => 'observe' });
  expect(await outcome(transport)).toBe(expected);
});

test.each(BREAKS.flatMap((one) => [['sshChannels', ...one] as const, ['channels', ...one] as const]))(
  'over %s, an answer %s',
  async (kind, _name, text, expected) => {
    await using engine = await startRawEngine(text);
    using transport = createTransport(engine[kind], { mode: () => 'observe' });
    expect(await outcome(transport)).toBe(expected);
  },
);

test('a body that breaks before anybody reads it is told when it is read', async () => {
  await using engine = await startRawEngine(`${HEAD}Content-Length: 100\r\n\r\nhalf`);
  using transport = createTransport(engine.sshChannels, { mode: () => 'observe' });
  const open = await transport.ask({ method: 'GET', path: '/_ping' }, never);
  await pause(50);
  await expect(readAnswer(open)).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE', details: { call: 'ping' } });
});

test('a switch of protocols says so, without claiming to show the answer', async () => {
  await using engine = await startRawEngine(BREAKS.at(-1)?.[1] ?? '');
  using transport = createTransport(engine.sshChannels, { mode: () => 'observe' });
  await expect(transport.ask({ method: 'GET', path: '/_ping' }, never)).rejects.toMatchObject({
    message: 'The answer to “ping” is not one of an engine: it switches to another protocol.',
  });
});

test('an answer takes from its question on the wire, not from when the question was asked', async () => {
  await using engine = await startFakeEngine((_question, answer) => setTimeout(() => answer.end('OK'), 30));
  const channels: Channels = {
    async open(signal) {
      await pause(300);
      return await engine.channels.open(signal);
    },
  };
  using transport = createTransport(channels, { mode: () => 'observe' });
  const open = await transport.ask({ method: 'GET', path: '/_ping' }, never);
  await readAnswer(open);
  expect([open.tookMs >= 29, open.tookMs < 250]).toEqual([true, true]);
});

const STOP = { method: 'POST', path: `/v1.41/containers/${'a'.repeat(64)}/stop?t=10` };

/** What became of a stop: its code, and whether it is certain that nothing was sent. */
async function stopped(transport: Transport, signal = never): Promise<unknown> {
  const error = await transport.ask(STOP, signal).catch((thrown: unknown) => thrown);
  return error instanceof AppError ? [error.code, wasNotSent(error)] : 'answered';
}

test.each(['CONNECTION_LOST', 'FORWARD_REFUSED', 'SOCKET_REFUSED'] as const)(
  'a change for which no channel opens, for %s, was not sent',
  async (code) => {
    const channels: Channels = { open: () => Promise.reject(new AppError(code, 'No.', { hint: 'Wait.' })) };
    using transport = createTransport(channels, { mode: () => 'operate' });
    expect(await stopped(transport)).toEqual([code, true]);
    await expect(transport.ask(STOP, never)).rejects.toMatchObject({ message: 'No.', hint: 'Wait.' });
    // Of a read nobody needs to know.
    const read = transport.ask({ method: 'GET', path: '/_ping' }, never);
    await expect(read).rejects.toMatchObject({ code, details: {} });
  },
);

test.each<[string, (transport: Transport, asker: AbortController) => void, string]>([
  ['given up', (_, asker) => asker.abort(), 'CANCELLED'],
  ['closed', (transport) => transport[Symbol.dispose](), 'CANCELLED'],
])('a change that is %s while its channel opens was not sent, and never is', async (_name, end, code) => {
  const engine = startRecordingEngine(() => 'HTTP/1.1 204 No Content\r\n\r\n');
  const { promise: open, resolve } = Promise.withResolvers<void>();
  const asker = new AbortController();
  const channels: Channels = {
    async open(signal) {
      await open;
      return await engine.channels.open(signal);
    },
  };
  using transport = createTransport(channels, { mode: () => 'operate' });
  const outcome = stopped(transport, asker.signal);
  await pause(5);
  end(transport, asker);
  const seen = await outcome;
  resolve();
  await pause(20);
  expect([seen, engine.take()]).toEqual([[code, true], []]);
});

test('a change whose channel ends before an answer may have been sent', async () => {
  await using engine = await startRawEngine('');
  using transport = createTransport(engine.sshChannels, { mode: () => 'operate' });
  expect(await stopped(transport)).toEqual(['ENGINE_UNREACHABLE', false]);
});
