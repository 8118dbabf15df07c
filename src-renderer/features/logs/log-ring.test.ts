import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogLine } from '#contract/logs.ts';
import { LogRing, lineCost } from './log-ring.ts';

const line = (text: string): LogLine => ({ stream: 'stdout', time: null, text, cut: false });
const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => line(`${from + i}`));
const texts = (ring: LogRing) =>
  Array.from({ length: ring.size }, (_, i) => ring.at(i)).map((entry) =>
    entry?.kind === 'line' ? entry.text : entry?.mark,
  );
const MANY = Number.MAX_SAFE_INTEGER;

test('the oldest lines are let go and counted, ids stay', () => {
  const ring = new LogRing({ following: { lines: 3, bytes: MANY }, paused: { lines: 5, bytes: MANY } });
  ring.push(lines(0, 2));
  ring.mark({ mark: 'ended', at: 0 });
  ring.push(lines(2, 4));
  expect({ texts: texts(ring), letGo: ring.letGo, firstId: ring.firstId, byId: ring.byId(3)?.id }).toEqual({
    texts: ['ended', '2', '3'],
    letGo: 2,
    firstId: 2,
    byId: 3,
  });
});

test('nothing is let go under a reader until the larger bound, and then when the reader has left', () => {
  const ring = new LogRing({ following: { lines: 3, bytes: MANY }, paused: { lines: 5, bytes: MANY } });
  ring.push(lines(0, 3));
  ring.pin();
  ring.push(lines(3, 5));
  const pinned = { texts: texts(ring), room: ring.room.lines };
  ring.unpin();
  expect({ pinned, after: texts(ring), letGo: ring.letGo }).toEqual({
    pinned: { texts: ['0', '1', '2', '3', '4'], room: 0 },
    after: ['2', '3', '4'],
    letGo: 2,
  });
});

test('a line larger than all the room is shown alone', () => {
  const ring = new LogRing({ following: { lines: 10, bytes: 1_000 }, paused: { lines: 10, bytes: 1_000 } });
  ring.push([line('a'), line('x'.repeat(5_000))]);
  expect({ size: ring.size, letGo: ring.letGo }).toEqual({ size: 1, letGo: 1 });
});

test('clearing forgets the lines and the count, never an id', () => {
  const ring = new LogRing({ following: { lines: 2, bytes: MANY }, paused: { lines: 2, bytes: MANY } });
  ring.push(lines(0, 3));
  ring.clear();
  ring.push(lines(3, 4));
  expect({ texts: texts(ring), letGo: ring.letGo, bytes: ring.bytes, firstId: ring.firstId }).toEqual({
    texts: ['3'],
    letGo: 0,
    bytes: lineCost(line('3')),
    firstId: 3,
  });
});

test('whatever happens, what is held is the newest, in order, within its bounds, and its bytes are the sum', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('push' as const), sizes: fc.array(fc.nat(200), { maxLength: 8 }) }),
    fc.record({ do: fc.constantFrom('pin' as const, 'unpin' as const, 'mark' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const bounds = { following: { lines: 10, bytes: 3_000 }, paused: { lines: 20, bytes: 6_000 } };
      const ring = new LogRing(bounds);
      let pinned = false;
      let pushed = 0;
      for (const one of steps) {
        if (one.do === 'push') {
          ring.push(one.sizes.map((size) => line('x'.repeat(size))));
          pushed += one.sizes.length;
        } else if (one.do === 'mark') {
          ring.mark({ mark: 'ended', at: 0 });
        } else {
          pinned = one.do === 'pin';
          ring[one.do]();
        }
        const most = pinned ? bounds.paused : bounds.following;
        const held = Array.from({ length: ring.size }, (_, i) => ring.at(i));
        expect(ring.size).toBeLessThanOrEqual(most.lines);
        expect(ring.bytes).toBeLessThanOrEqual(most.bytes);
        expect(held.map((entry) => entry?.id)).toEqual(held.map((_, i) => ring.firstId + i));
        expect(ring.lines).toBe(held.filter((entry) => entry?.kind === 'line').length);
        expect(ring.lines + ring.letGo).toBe(pushed);
        expect(ring.bytes).toBe(held.reduce((sum, entry) => sum + (entry?.kind === 'line' ? lineCost(entry) : 160), 0));
      }
    }),
  );
});
