import { expect, it } from 'vitest';
import { ratio, timeInTurn } from './measure.ts';

it('runs tasks in turn, one round uncounted, and tells a failure instead of a figure', async () => {
  const order: string[] = [];
  const figures = await timeInTurn(
    {
      a: async () => order.push('a'),
      b: async () => order.push('b'),
      broken: async () => Promise.reject(new Error('first line\nthe reason')),
    },
    3,
    { b: 1 },
  );
  expect(order.join('')).toBe('ababaa');
  expect({ a: figures.a.runs, b: figures.b.runs, broken: figures.broken.failure }).toEqual({
    a: 3,
    b: 1,
    broken: 'the reason',
  });
});

it('gives no ratio to a failure', () => {
  const ok = { runs: 1, median: 2, min: 2, max: 2 };
  expect([ratio(ok, { ...ok, median: 4 }), ratio(ok, { ...ok, failure: 'no' }), ratio(undefined, ok)]).toEqual([
    0.5,
    null,
    null,
  ]);
});
