import { expect, it } from 'vitest';
import { parseTimeWord, timeWordIso } from './time-words.ts';

const NOW = Date.UTC(2026, 10, 21, 12);

it.each([
  ['2h', '2026-11-21T10:00:00.000Z'],
  ['90s', '2026-11-21T11:58:30.000Z'],
  ['15m', '2026-11-21T11:45:00.000Z'],
  ['7d', '2026-11-14T12:00:00.000Z'],
  ['1w', '2026-11-14T12:00:00.000Z'],
  ['2026-11-20T09:14Z', '2026-11-20T09:14:00.000Z'],
  ['2026-11-20T09:14:31.5+02:00', '2026-11-20T07:14:31.500Z'],
  ['2026-11-20 09:14', new Date(2026, 10, 20, 9, 14).toISOString()],
  ['2026-02-28', new Date(2026, 1, 28).toISOString()],
])('reads %s', (text, expected) => {
  const word = parseTimeWord(text);
  expect(word && timeWordIso(word, 'first', NOW)).toBe(expected);
});

it('means a day whole', () => {
  const word = parseTimeWord('2026-12-31');
  expect(word && timeWordIso(word, 'last', NOW)).toBe(new Date(new Date(2027, 0, 1).getTime() - 1).toISOString());
});

it.each([
  '',
  '2',
  'h',
  '2y',
  '-2h',
  '2.5h',
  '999999999w',
  '2026-02-30',
  '2026-2-3',
  '2026-13-01',
  '2026-11-21T25:00',
  '2026-02-30T10:00Z',
  'yesterday',
  '2026-11-21T10:00Zx',
])('refuses %j', (text) => {
  expect(parseTimeWord(text)).toBeNull();
});
