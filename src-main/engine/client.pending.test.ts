import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { Channels } from './channels.ts';
import { never, withEngine } from './client.fixture.ts';
import { openEngine } from './client.ts';
import { wasNotSent } from './errors.ts';
import { likeDocker, startFakeEngine } from './fake-engine.fixture.ts';

const ID = 'a'.repeat(64);
const STOP = { containerId: ID, graceSeconds: 10 };
const HUNG = new AppError('ENGINE_TIMEOUT', 'The engine hangs.');

/** What a call failed with, and whether it is certain that it was not sent; else what it gave. */
function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'answered',
    (error: AppError) => [error.message, wasNotSent(error)],
  );
}

describe.each(['channels', 'sshChannels'] as const)('over %s', (kind) => {
  test('all that is not answered fails at once, with its channel; what comes after is sent as ever', async () => {
    let isHung = true;
    await using engine = await startFakeEngine(
      likeDocker((question, answer) => {
        if (!isHung) answer.end('[]');
        else if (question.url?.includes('/networks')) answer.write('[');
      }),
    );
    await using client = await openEngine(engine[kind], { signal: never, mode: () => 'operate' });
    const calls = [
      // More than there are channels: some have never had one.
      ...Array.from({ length: limits.engine.channels + 50 }, () => client.list(never)),
      client.networks(never),
      client.inspect(ID, never),
      client.change('stop', STOP, never),
      client.logs(ID, { follow: true, tail: 'all', since: null, tty: true }, never),
    ].map(outcome);
    await vi.waitFor(() => expect(engine.open()).toBeGreaterThan(limits.engine.channels));
    client.rejectPending(HUNG);
    const ended = await Promise.race([Promise.all(calls), pause(500, 'not all')]);
    // The change may have been done.
    expect(ended).toEqual(calls.map(() => [HUNG.message, false]));
    await vi.waitFor(() => expect(engine.open()).toBe(0));
    isHung = false;
    expect(await client.list(never)).toEqual([]);
  });

  test('a body that has begun and does not end is not an answer', async () => {
    await using engine = await startFakeEngine(likeDocker((_question, answer) => void answer.write('[{"Id":')));
    await using client = await openEngine(engine[kind], { signal: never, mode: () => 'observe' });
    const call = outcome(client.list(never));
    await pause(50);
    client.rejectPending(HUNG);
    expect(await call).toEqual([HUNG.message, false]);
  });
});

test('streams that are open stay', async () => {
  let more = () => {};
  await withEngine(
    (_question, answer) => {
      answer.write('first\n');
      more = () => answer.end('second\n');
    },
    async (client) => {
      const lines = await client.logs(ID, { follow: true, tail: 'all', since: null, tty: true }, never);
      client.rejectPending(HUNG);
      await pause(20);
      more();
      expect((await Array.fromAsync(lines)).flat().map(({ text }) => text)).toEqual(['first', 'second']);
    },
  );
});

test('a change whose channel is still being opened was not sent, and never is', async () => {
  const asked: string[] = [];
  await using engine = await startFakeEngine(
    likeDocker((question, answer) => {
      asked.push(question.method ?? '');
      answer.writeHead(204).end();
    }),
  );
  const { promise: go, resolve } = Promise.withResolvers<void>();
  let isSlow = false;
  let abortedOpenings = 0;
  const channels: Channels = {
    async open(signal) {
      signal.addEventListener('abort', () => (abortedOpenings += 1));
      if (isSlow) await go;
      return await engine.sshChannels.open(signal);
    },
  };
  await using client = await openEngine(channels, { signal: never, mode: () => 'operate' });
  isSlow = true;
  const change = outcome(client.change('stop', STOP, never));
  await pause(10);
  client.rejectPending(HUNG);
  expect(await change).toEqual([HUNG.message, true]);
  // Its opening is given up there and then, and not only when it has come to something.
  expect(abortedOpenings).toBe(1);
  resolve();
  await pause(30);
  expect(asked).toEqual([]);
});

test('whoever waits between two tries of a session is told as well', async () => {
  await using engine = await startFakeEngine(likeDocker(() => {}));
  let isFull = false;
  const channels: Channels = {
    open: (signal) =>
      isFull ? Promise.reject(new AppError('SESSIONS_EXHAUSTED', 'No more.')) : engine.sshChannels.open(signal),
  };
  await using client = await openEngine(channels, { signal: never, mode: () => 'operate' });
  isFull = true;
  const change = outcome(client.change('stop', STOP, never));
  await pause(10);
  client.rejectPending(HUNG);
  expect(await Promise.race([change, pause(limits.engine.stdioRetryMs / 2, 'not yet')])).toEqual([HUNG.message, true]);
});
