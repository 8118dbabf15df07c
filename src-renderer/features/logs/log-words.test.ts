import { expect, test } from 'vitest';
import {
  copiedLine,
  foundWords,
  heldWords,
  letGoWords,
  lineTime,
  markWords,
  streamWords,
  waitingWords,
} from './log-words.ts';

const noon = new Date(2026, 10, 21, 12, 1, 2, 7);

test('a line’s time is that of this machine’s clock, to the millisecond', () => {
  expect([lineTime(noon.toISOString()), lineTime(noon.toISOString().replace('Z', '123456Z')), lineTime(null)]).toEqual([
    '12:01:02.007',
    '12:01:02.007',
    '',
  ]);
});

test('what happened to the stream is said in a sentence', () => {
  const at = noon.getTime();
  expect([
    markWords({ mark: 'lost', at, message: 'x' }),
    markWords({ mark: 'resumed', at, after: 'lost', gapless: true }),
    markWords({ mark: 'resumed', at, after: 'lost', gapless: false }),
    markWords({ mark: 'ended', at }),
    markWords({ mark: 'resumed', at, after: 'ended', gapless: true }),
  ]).toEqual([
    'connection lost 12:01:02, waiting',
    'resumed 12:01:02, nothing is missing',
    'resumed 12:01:02, lines may be missing before this',
    'the log ended 12:01:02: the container stopped',
    'the container started again 12:01:02, nothing is missing',
  ]);
});

test('figures', () => {
  expect([
    letGoWords(12_345),
    letGoWords(1),
    heldWords(1),
    foundWords({ count: 0, position: null }),
    foundWords({ count: 1, position: null }),
    foundWords({ count: 1_212, position: 3 }),
    waitingWords({ state: 'following' }),
    waitingWords({ state: 'paused', waiting: 0, full: false }),
    waitingWords({ state: 'paused', waiting: 1, full: false }),
    waitingWords({ state: 'paused', waiting: 10_000, full: true }),
  ]).toEqual([
    '12,345 older lines let go',
    '1 older line let go',
    '1 line held here',
    'none',
    '1 line',
    '3 of 1,212',
    null,
    null,
    '1 new line',
    '10,000 new lines, more on the host',
  ]);
});

test('where the stream stands', () => {
  const following = { state: 'following' } as const;
  const paused = { state: 'paused', waiting: 0, full: false } as const;
  expect([
    streamWords(following, following, 'atlas'),
    streamWords(following, paused, 'atlas'),
    streamWords(following, { ...paused, full: true }, 'atlas'),
    streamWords({ state: 'waiting', problem: null }, paused, 'atlas'),
    streamWords(
      { state: 'waiting', problem: { code: null, message: '', hint: null, passing: true } },
      following,
      'atlas',
    ),
  ]).toEqual([
    'Following',
    'Paused',
    'Paused; what comes now waits on the host',
    'Waiting for atlas',
    'Waiting for Binnacle itself',
  ]);
});

test('a line is copied whole, with the engine’s own time and without its colours', () => {
  expect([
    copiedLine({ time: '2026-11-21T09:14:31.204000001Z', text: '\u001b[31mred\u001b[0m' }),
    copiedLine({ time: null, text: 'bare' }),
  ]).toEqual(['2026-11-21T09:14:31.204000001Z red', 'bare']);
});
