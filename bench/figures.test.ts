import { expect, it } from 'vitest';
import { atMost, spreadOf } from './figures.ts';

it('takes a figure that reaches its limit, and none that was not measured', () => {
  expect([atMost(20, 20), atMost(20, 20.00049), atMost(20, Number.NaN)]).toEqual([
    { value: 20, limit: 20, ok: true },
    { value: 20, limit: 20, ok: false },
    { value: Number.NaN, limit: 20, ok: false },
  ]);
});

it('tells how samples are spread, by the nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([spreadOf(hundred), spreadOf([])]).toEqual([
    { count: 100, p50: 50, p95: 95, p99: 99, max: 100 },
    { count: 0, p50: Number.NaN, p95: Number.NaN, p99: Number.NaN, max: Number.NaN },
  ]);
});
