import { expect, test } from 'vitest';
import { ansiSpans, plainText } from './ansi.ts';
import { levelWord, withLevel } from './log-level.ts';

test.each([
  ['{"time":"…","level":"warn","msg":"pool"}', 'warn', 'warn'],
  ['{"severity": "CRITICAL"}', 'error', 'CRITICAL'],
  ['time=… level=error msg="no route"', 'error', 'error'],
  ['2026/11/21 09:14:31 [error] 7#7: upstream timed out', 'error', 'error'],
  ['[Sat Nov 21 09:14:31 2026] [core:notice] [pid 1]', 'info', 'notice'],
  ['2026-11-21 09:14:31.204 UTC [27] LOG:  checkpoint complete', 'info', 'LOG'],
  ['2026-11-21 09:14:31.204 UTC [27] FATAL:  too many clients', 'error', 'FATAL'],
  ['2026-11-21 WARN  o.a.Pool - waiting', 'warn', 'WARN'],
  ['09:14:31 error pool exhausted', 'error', 'error'],
  ['[2026-11-21T09:14:31.204Z] warn  slow query', 'warn', 'warn'],
  ['warning: deprecated', 'warn', 'warning'],
  ['DEBUG: x', 'debug', 'DEBUG'],
])('%j is %s', (text, level, word) => {
  const found = levelWord(text);
  expect([found?.level, text.slice(found?.start, found?.end)]).toEqual([level, word]);
});

test.each([
  'GET /errors 200 18ms',
  'no error occurred',
  'Information about INFOrmatics',
  '2026-11-21 no error',
  '12 error pages',
  `${'x'.repeat(300)} ERROR late`,
  '',
])('%j has none', (text) => {
  expect(levelWord(text)).toBe(null);
});

const painted = (line: string) =>
  withLevel(ansiSpans(line), levelWord(plainText(line))).map(({ text, style }) => [text, style.colour]);

test('the word is coloured where it matters, and nowhere else', () => {
  expect([painted('a [error] b'), painted('a [info] b')]).toEqual([
    [
      ['a [', null],
      ['error', 1],
      ['] b', null],
    ],
    [['a [info] b', null]],
  ]);
});

test('a colour of the program’s own stays', () => {
  expect(painted('[\u001b[35mwa\u001b[0mrn] b')).toEqual([
    ['[', null],
    ['wa', 5],
    ['rn', 3],
    ['] b', null],
  ]);
});
