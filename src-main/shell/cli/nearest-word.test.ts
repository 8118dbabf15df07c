import { describe, expect, it } from 'vitest';
import { nearestWord } from './nearest-word.ts';

describe('nearestWord', () => {
  it.each([
    ['statsu', 'status'],
    ['stat', 'status'],
    ['STATUS', 'status'],
    ['host', 'hosts'],
    ['--jsn', '--json'],
    ['--accept-hostkey', '--accept-host-key'],
    ['ad', 'add'],
    ['restart', null],
    ['x', null],
    ['', null],
  ])('of %j thinks of %j', (typed, expected) => {
    expect(nearestWord(typed, ['status', 'hosts', 'add', 'list', '--json', '--accept-host-key'])).toBe(expected);
  });
});
