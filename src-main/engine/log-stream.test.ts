import { getEventListeners } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { byHand, drain, Flood, frame, KIB, MIB, open, STAMP, serve } from './log-source.fixture.ts';
import type { LogLine } from './model.ts';

function stdout(text: string): LogLine {
  return { stream: 'stdout', time: null, text, cut: false };
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
