import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { ErrorCode } from '#contract/errors.ts';
import { AppError } from '../kernel/errors.ts';
import { CORPUS, hostileAnswer, hostileBody, type Kind } from './answers.fuzz.cases.fixture.ts';
import { answer, asJson, CODES, fuzzAnswers, ID, unfit } from './answers.fuzz.fixture.ts';
import { networksFrom, sampleFrom } from './answers.ts';
import type { Channels } from './channels.ts';
import { openEngine } from './client.ts';
import { detailFrom, summariesFrom } from './container-answers.ts';
import { engineMessage } from './errors.ts';
import { parseEvent } from './events.ts';
import { renegotiate } from './negotiation.ts';

// The thinned version of answers.fuzz.soak.test.ts.
test('of 10,000 answers, damaged or of another kind, each is read or refused, and none does harm', () => {
  const { read, refused } = fuzzAnswers({ cases: 10_000 });
  // Neither is all there is.
  expect(Math.min(read, refused)).toBeGreaterThan(1_000);
});

test('what is accepted is what it says it is', () => {
  const own: readonly (readonly [Kind, (body: Buffer) => unknown])[] = [
    ['list', (body) => summariesFrom(asJson(body))],
    ['inspect', (body) => [detailFrom(asJson(body))]],
  ];
  let accepted = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...own).chain(([kind, read]) => hostileBody([kind]).map((body) => ({ body, read }))),
      ({ body, read }) => {
        try {
          for (const container of read(body) as { id: string; createdAt: number; ports: unknown[] }[]) {
            accepted += 1;
            expect(container.id).toMatch(/^[0-9a-f]{64}$/);
            expect(Number.isFinite(new Date(container.createdAt).getTime())).toBe(true);
          }
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
        }
      },
    ),
    { numRuns: 3_000 },
  );
  expect(accepted).toBeGreaterThan(100);
});

test('bodies as engines send them are read', () => {
  const body = (kind: Kind) => Buffer.from(CORPUS[kind]);
  expect([
    summariesFrom(asJson(body('list'))).length,
    detailFrom(asJson(body('inspect'))).exitCode,
    sampleFrom(ID, asJson(body('stats'))).onlineCpus,
    networksFrom(asJson(body('networks'))).length,
    parseEvent(CORPUS.event) instanceof AppError,
    renegotiate(answer(400, body('refusal'))),
    engineMessage(body('page')),
  ]).toEqual([1, 137, 2, 2, false, '1.44', 'Forbidden']);
});

/** An engine that greets as one should, where `greets`, and says to all else what it is told to. */
async function hostileEngine(greets: () => boolean) {
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-hostile-'));
  const path = join(folder, 'engine.sock');
  const open = new Set<Socket>();
  let bytes: Buffer = Buffer.alloc(0);
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => {});
    socket.on('data', (request) => {
      const asked = /^GET (\S+)/.exec(request.toString('latin1'))?.[1];
      const greeting = asked === '/_ping' ? 'OK' : asked === '/version' ? CORPUS.version : null;
      if (greeting === null || !greets()) socket.end(bytes);
      else socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(greeting)}\r\n\r\n${greeting}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const channels: Channels = {
    async open() {
      const socket = connect(path);
      await once(socket, 'connect');
      return socket;
    },
  };
  return {
    channels,
    open: () => open.size,
    say: (next: Buffer) => {
      bytes = next;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

test('2,000 answers over a real socket, cut off, of wrong lengths, with broken chunks and heads: none hangs or crashes', async () => {
  const never = new AbortController().signal;
  let greets = true;
  await using engine = await hostileEngine(() => greets);
  await using client = await openEngine(engine.channels, { signal: never, mode: () => 'observe' });
  const logs = { follow: false, tail: 'all', since: null, tty: false } as const;
  const calls: readonly (readonly [Kind, () => Promise<unknown>])[] = [
    ['list', () => client.list(never)],
    ['inspect', () => client.inspect(ID, never)],
    ['networks', () => client.networks(never)],
    ['stats', () => client.sample(ID, never)],
    ['event', async () => await Array.fromAsync(await client.events(0, never))],
    ['page', async () => await Array.fromAsync(await client.logs(ID, logs, never))],
    [
      'version',
      async () => {
        greets = false;
        await using other = await openEngine(engine.channels, { signal: never, mode: () => 'observe' });
        return other.engine;
      },
    ],
  ];
  const hostileCall = fc
    .constantFrom(...calls)
    .chain(([kind, call]) => hostileAnswer([kind]).map((bytes) => ({ call, bytes })));
  const outcomes: Record<string, number> = {};
  await fc.assert(
    fc.asyncProperty(hostileCall, async ({ call, bytes }) => {
      greets = true;
      engine.say(bytes);
      const end = await Promise.race([
        call().then(
          () => 'answered',
          (error: unknown) =>
            error instanceof AppError
              ? error.code === 'CONNECTION_LOST'
                ? error.code
                : (unfit(error) ?? error.code)
              : `not an AppError: ${String(error)}`,
        ),
        pause(6_000, 'it hangs'),
      ]);
      outcomes[String(end)] = (outcomes[String(end)] ?? 0) + 1;
      // That of a log that breaks off.
      if (end !== 'answered' && end !== 'CONNECTION_LOST' && !CODES.has(end as ErrorCode)) throw new Error(String(end));
    }),
    { numRuns: 2_000 },
  );
  expect(outcomes.answered).toBeGreaterThan(200);
  expect(outcomes.ENGINE_ANSWER_INVALID).toBeGreaterThan(200);
  // Nothing of it is left open but what may be used again.
  await vi.waitFor(() => expect(engine.open()).toBeLessThan(5));
});
