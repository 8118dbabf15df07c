import { getEventListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { readLogLines } from './log-stream.ts';
import type { LogLine } from './model.ts';

const STAMP = '2026-11-20T23:31:43.123456789Z';
const KIB = 1024;
const MIB = 1024 * KIB;

function frame(text: string, type = 1): Buffer {
  const header = Buffer.from([type, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

function stdout(text: string): LogLine {
  return { stream: 'stdout', time: null, text, cut: false };
}

/** A source that is given its bytes by hand. */
function byHand(): Readable {
  return new Readable({ read() {} });
}

/** Repeats `chunk` for as long as it is read, to `total` bytes; counts what has left it. */
class Flood extends Readable {
  given = 0;
  readonly #chunk: Buffer;
  readonly #total: number;

  constructor(chunk: Buffer, total: number) {
    super();
    this.#chunk = chunk;
    this.#total = total;
  }

  override _read(): void {
    setImmediate(() => {
      const left = this.#total - this.given;
      this.given += Math.min(left, this.#chunk.length);
      this.push(left > 0 ? this.#chunk.subarray(0, left) : null);
    });
  }
}

function open(source: Readable, options: { tty?: boolean; timestamps?: boolean; signal?: AbortSignal } = {}) {
  const { tty = false, timestamps = false, signal = new AbortController().signal } = options;
  return readLogLines(source, { tty, timestamps, signal })[Symbol.asyncIterator]() as AsyncIterableIterator<
    readonly LogLine[]
  >;
}

/** The batches until the end, and the code and message of what it ended with. */
async function drain(batches: AsyncIterable<readonly LogLine[]>) {
  const seen: (readonly LogLine[])[] = [];
  try {
    for await (const batch of batches) seen.push(batch);
    return { batches: seen, ended: null };
  } catch (error) {
    return { batches: seen, ended: error instanceof AppError ? error.code : error };
  }
}

const EVENTS = ['readable', 'end', 'error', 'close'];

function listeners(source: Readable, signal: AbortSignal): number[] {
  return [...EVENTS.map((event) => source.listenerCount(event)), getEventListeners(signal, 'abort').length];
}

describe('batches', () => {
  test('hold what has arrived, at once and together', async () => {
    const source = byHand();
    const batches = open(source);
    source.push(frame('one\n'));
    source.push(frame('two\n'));
    source.push(frame('three\nfo'));
    expect(await batches.next()).toEqual({ done: false, value: ['one', 'two', 'three'].map(stdout) });
    const pending = batches.next();
    source.push(frame('ur\n'));
    expect(await pending).toEqual({ done: false, value: [stdout('four')] });
    source.push(frame('last'));
    source.push(null);
    expect(await batches.next()).toEqual({ done: false, value: [stdout('last')] });
    expect(await batches.next()).toEqual({ done: true, value: undefined });
  });

  test('ten thousand blank lines in one chunk come as twenty full ones', async () => {
    const source = byHand();
    source.push(Buffer.concat(Array.from({ length: 10_000 }, () => frame('\n'))));
    source.push(null);
    const { batches, ended } = await drain(open(source));
    expect(ended).toBe(null);
    expect(batches.map((batch) => batch.length)).toEqual(Array.from({ length: 20 }, () => limits.engine.logBatchLines));
    expect(new Set(batches.flat().map((line) => line.text))).toEqual(new Set(['']));
  });

  test('in a flood of small chunks they are full', async () => {
    const chunk = frame(`${STAMP} ${'x'.repeat(40)}\n`);
    const chunks = Array.from({ length: 5000 }, () => chunk);
    const source = new Readable({
      read() {
        for (let more = true; more; ) more = this.push(chunks.pop() ?? null) && chunks.length > 0;
      },
    });
    const { batches } = await drain(open(source, { timestamps: true }));
    expect(batches.flat().length).toBe(5000);
    expect(batches.length).toBeLessThanOrEqual(15);
  });

  test('of long lines hold fewer', async () => {
    const text = `${'x'.repeat(200 * KIB)}\r\n`;
    const { batches } = await drain(open(new Flood(Buffer.from(text), 20 * text.length), { tty: true }));
    expect(batches.flat().length).toBe(20);
    expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(6);
  });
});

describe('flow control', () => {
  test('nothing is read before the first pull', async () => {
    const source = new Flood(frame('x\n'), MIB);
    open(source);
    await sleep(20);
    expect(source.given).toBe(0);
  });

  test('a slow consumer holds the source back', async () => {
    const unit = frame(`${STAMP} ${'x'.repeat(61)}\n`);
    const source = new Flood(Buffer.concat(Array.from({ length: 300 }, () => unit)), 8 * MIB);
    const batches = open(source, { timestamps: true });
    let taken = 0;
    let most = 0;
    for (let pull = 0; pull < 40; pull++) {
      const { value } = await batches.next();
      await sleep(2);
      taken += (value as readonly LogLine[]).length * unit.length;
      most = Math.max(most, source.given - taken);
    }
    const held = source.given;
    await sleep(30);
    expect(source.given).toBe(held);
    expect(taken).toBeGreaterThan(MIB);
    expect(most).toBeLessThanOrEqual(256 * KIB);
    await batches.return?.();
  });

  test('an endless line is passed over without being held, and does not stop the clock', async () => {
    const chunk = Buffer.alloc(64 * KIB, 'x');
    let given = 0;
    const source = new Readable({
      read() {
        // Synchronous, so that nothing but the reader ever lets go of the loop.
        given += chunk.length;
        this.push(given <= 64 * MIB ? chunk : given === 64 * MIB + chunk.length ? Buffer.from('\nnext\n') : null);
      },
    });
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 1);
    onTestFinished(() => clearInterval(ticking));
    const { batches } = await drain(open(source, { tty: true }));
    expect(batches.flat().map((line) => [line.text.length, line.cut])).toEqual([
      [limits.engine.logLineBytes, true],
      [4, false],
    ]);
    expect(ticks).toBeGreaterThan(3);
  });

  for (const [name, unit, tty, size] of [
    ['short lines', Buffer.concat(Array.from({ length: 700 }, () => frame(`${STAMP} ${'x'.repeat(50)}\n`))), false, 8],
    ['tiny frames of one endless line', Buffer.concat(Array.from({ length: 7000 }, () => frame('x'))), false, 2],
    ['one endless line of a terminal', Buffer.alloc(64 * KIB, 'x'), true, 8],
  ] as const) {
    test(`four times the bytes take about four times as long: ${name}`, { timeout: 60_000 }, async () => {
      const time = async (mebibytes: number) => {
        const times: number[] = [];
        for (let round = 0; round < 3; round++) {
          const before = performance.now();
          await drain(open(new Flood(unit, mebibytes * MIB), { tty, timestamps: true }));
          times.push(performance.now() - before);
        }
        return Math.max(5, Math.min(...times));
      };
      await time(size / 2);
      const small = await time(size);
      // Quadratic would be 16.
      expect((await time(size * 4)) / small).toBeLessThan(9);
    });
  }
});

describe('the end', () => {
  test('abort rejects the pending pull with the signal’s own error and destroys the source at once', async () => {
    const controller = new AbortController();
    const source = byHand();
    const before = listeners(source, controller.signal);
    const batches = open(source, { signal: controller.signal });
    source.push(frame('one\ntw'));
    await batches.next();
    const pending = batches.next();
    const reason = new AppError('TIMEOUT', 'Too long.');
    controller.abort(reason);
    expect(source.destroyed).toBe(true);
    await expect(pending).rejects.toBe(reason);
    expect(await batches.next()).toEqual({ done: true, value: undefined });
    expect(listeners(source, controller.signal)).toEqual(before);
  });

  test('abort destroys the source while nobody pulls, and before the start', async () => {
    for (const early of [true, false]) {
      const controller = new AbortController();
      const source = byHand();
      if (early) controller.abort();
      const batches = open(source, { signal: controller.signal });
      controller.abort();
      expect(source.destroyed).toBe(true);
      await expect(batches.next()).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(listeners(source, controller.signal)).toEqual([0, 0, 0, 0, 0]);
    }
  });

  test('lines not handed on before the abort are not handed on after it', async () => {
    const controller = new AbortController();
    const source = byHand();
    source.push(Buffer.concat(Array.from({ length: 1000 }, () => frame('\n'))));
    const { batches, ended } = await drain(
      (async function* () {
        for await (const batch of open(source, { signal: controller.signal })) {
          controller.abort();
          yield batch;
        }
      })(),
    );
    expect([batches.length, ended]).toEqual([1, 'CANCELLED']);
  });

  test('return ends a pending pull and destroys the source at once', async () => {
    const controller = new AbortController();
    const source = byHand();
    const batches = open(source, { signal: controller.signal });
    const pending = batches.next();
    const returned = batches.return?.();
    expect(source.destroyed).toBe(true);
    const done = { done: true, value: undefined };
    expect(await Promise.all([pending, returned, batches.next()])).toEqual([done, done, done]);
    expect(listeners(source, controller.signal)).toEqual([0, 0, 0, 0, 0]);
  });

  test('return before the first pull does the same', async () => {
    const controller = new AbortController();
    const source = byHand();
    await open(source, { signal: controller.signal }).return?.();
    expect(source.destroyed).toBe(true);
    await sleep(1);
    expect(listeners(source, controller.signal)).toEqual([0, 0, 0, 0, 0]);
  });

  test('leaving the loop destroys the source', async () => {
    const source = new Flood(frame('x\n'), 8 * MIB);
    for await (const batch of open(source)) if (batch.length > 0) break;
    expect([source.destroyed, source.given < MIB]).toEqual([true, true]);
  });

  test('a clean end takes its listeners away', async () => {
    const controller = new AbortController();
    const source = byHand();
    source.push(null);
    const before = listeners(byHand(), controller.signal);
    expect(await drain(open(source, { signal: controller.signal }))).toEqual({ batches: [], ended: null });
    await sleep(1);
    expect(listeners(source, controller.signal)).toEqual(before);
  });

  test('a source that is over before it is given is over', async () => {
    const ended = byHand();
    ended.push(null);
    ended.resume();
    const broken = byHand().on('error', () => {});
    broken.destroy(new Error('reset'));
    const destroyed = byHand();
    destroyed.destroy();
    await sleep(1);
    const results = [await drain(open(ended)), await drain(open(broken)), await drain(open(destroyed))];
    expect(results.map((result) => result.ended)).toEqual([null, 'CONNECTION_LOST', 'CONNECTION_LOST']);
  });

  test('a broken source is CONNECTION_LOST with its cause, or its own AppError', async () => {
    const denied = new AppError('ENGINE_DENIED', 'No.');
    const reset = new Error('ECONNRESET');
    for (const [cause, wanted] of [
      [reset, { code: 'CONNECTION_LOST', cause: reset, hint: expect.any(String) }],
      [denied, denied],
      [undefined, { code: 'CONNECTION_LOST' }],
    ] as const) {
      const controller = new AbortController();
      const source = byHand();
      const batches = open(source, { signal: controller.signal });
      source.push(frame('one\n'));
      expect(await batches.next()).toEqual({ done: false, value: [stdout('one')] });
      const pending = batches.next();
      source.destroy(cause);
      await expect(pending).rejects.toMatchObject(wanted);
      await sleep(1);
      expect(listeners(source, controller.signal)).toEqual([0, 0, 0, 0, 0]);
    }
  });

  test('a source that breaks while nobody pulls does not bring the process down', async () => {
    const source = byHand();
    const batches = open(source);
    source.destroy(new Error('reset'));
    await sleep(1);
    await expect(batches.next()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });

  test('what came before garbage is handed on, then the error, and the source is destroyed', async () => {
    for (const [bytes, code] of [
      [Buffer.from('<html>502 Bad Gateway</html>'), 'ENGINE_ANSWER_INVALID'],
      [frame('cannot read the log', 3), 'ENGINE_ERROR'],
    ] as const) {
      const source = byHand();
      source.push(Buffer.concat([frame('one\n'), bytes]));
      expect(await drain(open(source))).toEqual({ batches: [[stdout('one')]], ended: code });
      expect(source.destroyed).toBe(true);
    }
  });

  test('an end inside a frame is CONNECTION_LOST, after the whole lines', async () => {
    const source = byHand();
    source.push(Buffer.concat([frame('one\n'), frame('two\n').subarray(0, -2)]));
    source.push(null);
    expect(await drain(open(source))).toEqual({ batches: [[stdout('one')]], ended: 'CONNECTION_LOST' });
  });
});

describe('over HTTP', () => {
  async function serve(answer: (response: ServerResponse) => void): Promise<IncomingMessage> {
    const folder = mkdtempSync(join(tmpdir(), 'binnacle-log-'));
    const socketPath = join(folder, 'socket');
    const server = createServer((_request, response) => answer(response));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    });
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    return new Promise((resolve, reject) => get({ socketPath }, resolve).on('error', reject));
  }

  test('the engine has to wait while nobody pulls, and all of it comes through', { timeout: 60_000 }, async () => {
    const unit = Buffer.concat(Array.from({ length: 1000 }, () => frame(`${STAMP} text\n`)));
    const repeats = 600;
    let written = 0;
    const source = await serve(async (response) => {
      for (let i = 0; i < repeats; i++) {
        written += unit.length;
        if (!response.write(unit)) await new Promise((resolve) => response.once('drain', resolve));
      }
      response.end();
    });
    const batches = open(source, { timestamps: true });
    const first = await batches.next();
    await sleep(200);
    expect(written).toBeLessThan(limits.engine.logHeldBytes);
    const { batches: rest, ended } = await drain(batches);
    const count = first.value.length + rest.reduce((sum, batch) => sum + batch.length, 0);
    expect([count, ended]).toEqual([repeats * 1000, null]);
  });

  test('a connection cut in the middle is CONNECTION_LOST', async () => {
    const source = await serve((response) => {
      response.write(frame('one\n'), () => setTimeout(() => response.destroy(), 20));
    });
    expect(await drain(open(source))).toEqual({ batches: [[stdout('one')]], ended: 'CONNECTION_LOST' });
  });

  test('leaving closes the connection', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const source = await serve((response) => {
      response.on('close', resolve);
      response.write(frame('one\n'));
    });
    for await (const _ of open(source)) break;
    await closed;
    expect(source.destroyed).toBe(true);
  });
});
