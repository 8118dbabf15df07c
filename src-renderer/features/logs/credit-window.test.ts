import { expect, test } from 'vitest';
import { CreditWindow } from './credit-window.ts';
import { logBounds } from './log-bounds.ts';

const MIB = 1024 * 1024;
const WHOLE = logBounds.windowLines;
const line = (chars: number) => ({ stream: 'stdout', time: null, text: 'x'.repeat(chars), cut: false }) as const;
const learned = (chars: number) => {
  const window = new CreditWindow();
  window.learn(Array.from({ length: 5_000 }, () => line(chars)));
  return window;
};

test('is topped up once half of it is used', () => {
  const window = new CreditWindow();
  expect([window.first(null), window.next(WHOLE / 2 + 1, null), window.next(WHOLE / 2, null)]).toEqual([
    WHOLE,
    0,
    WHOLE / 2,
  ]);
});

test('asks for no more than there is room for, and says so when there is none', () => {
  const window = learned(20);
  const room = (lines: number) => ({ lines, bytes: 100 * MIB });
  expect([window.next(0, room(1_016)), window.next(900, room(1_016)), window.next(1_000, room(1_016))]).toEqual([
    1_000,
    100,
    'full',
  ]);
  expect([window.first(room(1_016)), window.first(room(0))]).toEqual([1_000, 1]);
});

test('large lines narrow it, and fill the room', () => {
  const window = learned(100_000);
  const { windowBytes, smallestWindow, pausedReserveBytes } = logBounds;
  expect(window.first(null)).toBe(smallestWindow);
  expect(window.next(0, { lines: 50_000, bytes: pausedReserveBytes + windowBytes })).toBe(10);
  expect(window.next(0, { lines: 50_000, bytes: pausedReserveBytes })).toBe('full');
});
