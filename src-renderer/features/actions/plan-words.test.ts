import { describe, expect, test } from 'vitest';
import type { Plan } from '#contract/actions.ts';
import { leftOutWords, shortRequest, tookWords } from './plan-words.ts';

test.each([
  ['container.restart', { medianMs: 6_100, runs: 5 }, 'Down for about 6 s, going by the last 5 restarts.'],
  ['container.restart', { medianMs: 300, runs: 1 }, 'Down for about 1 s, going by the last restart.'],
  ['container.start', { medianMs: 89_600, runs: 2 }, 'Up in about 1 min, going by the last 2 starts.'],
  ['container.stop', { medianMs: 2_700, runs: 3 }, 'Takes about 3 s, going by the last 3 stops.'],
  ['app.restart', { medianMs: 21_000, runs: 2 }, 'Takes about 21 s, going by the last 2 restarts.'],
  ['container.stop', null, 'Not done before: how long it takes is not known.'],
] as const)('%s, %j', (action, took, text) => {
  expect(tookWords(action, took)).toBe(text);
});

test('a request in little room; one of another form stays as it is', () => {
  expect(['POST /containers/a41c…/restart?t=10', 'GET /info'].map(shortRequest)).toEqual([
    'POST …/a41c/restart?t=10',
    'GET /info',
  ]);
});

describe('what is left out', () => {
  const out = (why: 'protected' | 'not-running', ...services: string[]): Plan['leftOut'] =>
    services.map((service) => ({ containerId: service, service, why }));

  test.each([
    [[], []],
    [out('protected', 'postgres'), ['postgres is protected and stays as it is.']],
    [out('protected', 'postgres', 'redis'), ['postgres and redis are protected and stay as they are.']],
    [
      [...out('not-running', 'cron'), ...out('protected', 'a', 'b', 'c', 'd', 'e', 'f')],
      ['a, b, c, d and 2 more are protected and stay as they are.', 'cron is not running and stays as it is.'],
    ],
  ])('%#', (leftOut, sentences) => {
    expect(leftOutWords(leftOut)).toEqual(sentences);
  });
});
