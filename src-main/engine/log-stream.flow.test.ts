import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { limits } from '../kernel/limits.ts';
import { drain, Flood, frame, KIB, MIB, open, STAMP, serve } from './log-source.fixture.ts';
import type { LogLine } from './model.ts';

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
  ['short lines', Buffer.concat(Array.from({ length: 700 }, () => frame(`${STAMP} ${'x'.repeat(50)}\n`))), false, 32],
  ['tiny frames of one endless line', Buffer.concat(Array.from({ length: 7000 }, () => frame('x'))), false, 8],
  ['one endless line of a terminal', Buffer.alloc(64 * KIB, 'x'), true, 32],
] as const) {
  test(`the time grows with the bytes and no faster: ${name}`, { timeout: 60_000 }, async () => {
    const time = async (bytes: number) => {
      const times: number[] = [];
      for (let round = 0; round < 3; round++) {
        const before = performance.now();
        await drain(open(new Flood(unit, bytes), { tty, timestamps: true }));
        times.push(performance.now() - before);
      }
      return Math.max(1, Math.min(...times));
    };
    const small = await time((size / 16) * MIB);
    // Sixteen times the bytes: quadratic would be 256 times the time.
    expect((await time(size * MIB)) / small).toBeLessThan(100);
  });
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
