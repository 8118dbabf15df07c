import { expect, test } from 'vitest';
import { type KeyPress, keyCommand } from './keyboard.ts';

const press = (key: string, over: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  typing: false,
  ...over,
});

test.each([
  [press('/'), 'filter'],
  [press('j'), 'next'],
  [press('k'), 'previous'],
  [press('l'), 'logs'],
  [press('r'), 'restart'],
  [press('?'), 'keys'],
  [press('ArrowDown'), 'down'],
  [press('k', { ctrlKey: true }), 'palette'],
  [press('K', { metaKey: true }), 'palette'],
  [press('k', { ctrlKey: true, typing: true }), 'palette'],
  [press('Escape', { typing: true }), 'escape'],
])('%o asks for %s', (key, command) => {
  expect(keyCommand(key)).toBe(command);
});

test.each([
  press('j', { typing: true }),
  press('/', { typing: true }),
  press('l', { ctrlKey: true }),
  press('j', { altKey: true }),
  press('Enter'),
  press('constructor'),
])('%o is left to the page', (key) => {
  expect(keyCommand(key)).toBeNull();
});
