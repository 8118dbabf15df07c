import { expect, test } from 'vitest';
import { itemsOf, stepFrom } from './items.ts';

const items = itemsOf({ hosts: ['h'], troubled: ['x', 'y', 'z'], apps: ['1', '2', '3', '4', '5', '6', '7'] }, 2);

test('hosts, the rows that are shown, then all cards', () => {
  expect(items.slice(0, 4)).toEqual(['host:h', 'container:x', 'container:y', 'app:1']);
});

test.each([
  [null, 'next', 'host:h'],
  ['host:h', 'next', 'container:x'],
  ['container:y', 'next', 'app:1'],
  ['app:1', 'previous', 'container:y'],
  ['host:h', 'previous', null],
  ['app:7', 'next', null],
  ['container:x', 'down', 'container:y'],
  ['container:y', 'down', 'app:1'],
  ['app:1', 'right', 'app:2'],
  ['app:1', 'down', 'app:4'],
  ['app:5', 'down', 'app:7'],
  ['app:4', 'up', 'app:1'],
  ['app:2', 'up', 'container:y'],
  ['app:gone', 'next', 'host:h'],
] as const)('from %s, %s leads to %s', (from, step, to) => {
  expect(stepFrom(items, from, step, 3)).toBe(to);
});
