import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogLine } from '../engine/model.ts';
import { settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { LogCredit, readOnCredit } from './log-credit.ts';
import { aLogLine } from './services.fixture.ts';

/** A source of numbered lines in batches of those sizes, that counts what was pulled and whether it was left. */
function aSource(sizes: readonly number[], end: Error | null = null) {
  let number = 0;
  const source = {
    pulled: 0,
    left: 0,
    async next(): Promise<IteratorResult<readonly LogLine[], undefined>> {
      const size = sizes[source.pulled];
      if (size === undefined && end !== null) throw end;
      if (size === undefined) return { done: true, value: undefined };
      source.pulled += 1;
      return { done: false, value: Array.from({ length: size }, () => aLogLine(`line ${number++}`)) };
    },
    async return(): Promise<IteratorResult<readonly LogLine[], undefined>> {
      source.left += 1;
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => source,
  };
  return source;
}

function read(source: ReturnType<typeof aSource>, credit: LogCredit) {
  const window = new AbortController();
  let closed = 0;
  const lines = readOnCredit(source, credit, window.signal, () => {
    closed += 1;
  });
  return { lines, leave: () => window.abort(), closed: () => closed };
}

describe('a log on credit', () => {
  test('every line once and in order, and never more than was asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 20 }), { maxLength: 10 }),
        fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 10 }),
        async (sizes, grants) => {
          const credit = new LogCredit(grants[0] as number);
          const { lines } = read(aSource(sizes), credit);
          const seen: string[] = [];
          let granted = grants[0] as number;
          for (let turn = 1; ; turn += 1) {
            if (credit.lines === 0) {
              const more = grants[turn % grants.length] as number;
              credit.grant(more);
              granted += more;
            }
            const { value, done } = await lines.next();
            if (done) break;
            seen.push(...value.map(({ text }) => text));
            expect(seen.length).toBeLessThanOrEqual(granted);
          }
          expect(seen).toEqual(Array.from({ length: sizes.reduce((a, b) => a + b, 0) }, (_, index) => `line ${index}`));
        },
      ),
    );
  });

  test('nothing is pulled while there is none', async () => {
    const source = aSource([3, 3, 3]);
    const credit = new LogCredit(3);
    const { lines } = read(source, credit);
    await lines.next();
    const waiting = lines.next();
    await settled();
    const before = source.pulled;
    credit.grant(1);
    const { value } = await waiting;
    expect([before, source.pulled, value?.length, credit.lines]).toEqual([1, 2, 1, 0]);
  });

  test('adds up to its bound', () => {
    const credit = new LogCredit(1);
    for (let times = 0; times < 5; times += 1) credit.grant(10_000);
    expect(credit.lines).toBe(limits.router.logCredit);
  });

  test.each([
    ['waits for credit', 0],
    ['waits for lines', 5],
    ['has not begun', null],
  ])('leaving it while it %s leaves the source, once', async (_what, lines) => {
    const source = aSource([]);
    const pending = Promise.withResolvers<IteratorResult<readonly LogLine[], undefined>>();
    source.next = () => pending.promise;
    const log = read(source, new LogCredit(lines ?? 1));
    const waiting = lines === null ? null : log.lines.next();
    await settled();
    log.leave();
    log.leave();
    pending.resolve({ done: true, value: undefined });
    expect([await waiting, source.left, log.closed()]).toEqual([
      lines === null ? null : { done: true, value: undefined },
      1,
      1,
    ]);
  });

  test('one that is over before it began leaves the source', async () => {
    const source = aSource([1]);
    let closed = 0;
    readOnCredit(source, new LogCredit(1), AbortSignal.abort(), () => {
      closed += 1;
    });
    await settled();
    expect([source.left, closed]).toEqual([1, 1]);
  });

  test('what breaks the source is thrown, and ends it', async () => {
    const lost = new AppError('CONNECTION_LOST', 'The connection was lost while reading a log.');
    const log = read(aSource([1], lost), new LogCredit(10));
    await log.lines.next();
    await expect(log.lines.next()).rejects.toBe(lost);
    expect([log.closed(), await log.lines.next()]).toEqual([1, { done: true, value: undefined }]);
  });
});

test('lines are safe to show, and say where they were cut, here or before', async () => {
  const source = aSource([]);
  const long = 'x'.repeat(limits.router.logLineChars + 1);
  const batch = [aLogLine('\u001b[31mred\u001b[2J'), aLogLine(long), aLogLine('cut by the engine', true)];
  source.next = async () => ({ done: false, value: batch });
  const { value } = await read(source, new LogCredit(3)).lines.next();
  expect(value).toEqual([
    aLogLine('\u001b[31mred␛[2J'),
    aLogLine(long.slice(0, -1), true),
    aLogLine('cut by the engine', true),
  ]);
});
