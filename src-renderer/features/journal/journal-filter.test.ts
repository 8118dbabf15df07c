import { expect, test } from 'vitest';
import { JournalFilter } from '#contract/journal.ts';
import { EVERYTHING, isFiltering, requestFilter } from './journal-filter.ts';

const TODAY = '2026-03-02';
const midnight = (year: number, month: number, day: number) => new Date(year, month - 1, day).toISOString();

test('what does not matter is not asked for', () => {
  expect(requestFilter(EVERYTHING, TODAY)).toEqual({});
  const chosen = requestFilter(
    {
      ...EVERYTHING,
      hostId: '0b0e7c4e-0f6b-4a53-8f0c-0d8a3a5a8f11',
      app: 'shop',
      action: 'app.restart',
      outcome: 'unknown',
    },
    TODAY,
  );
  expect(chosen).toEqual({
    hostId: '0b0e7c4e-0f6b-4a53-8f0c-0d8a3a5a8f11',
    app: 'shop',
    action: 'app.restart',
    outcome: 'unknown',
  });
});

test('periods are whole days of this machine, today one of them', () => {
  const ask = (period: 'today' | 'week' | 'month') => requestFilter({ ...EVERYTHING, period }, TODAY);
  expect([ask('today'), ask('week'), ask('month')]).toEqual([
    { from: midnight(2026, 3, 2) },
    { from: midnight(2026, 2, 24) },
    { from: midnight(2026, 2, 1) },
  ]);
});

test('from one day to another takes both whole, and either end may be open', () => {
  const ask = (fromDay: string, toDay: string) =>
    requestFilter({ ...EVERYTHING, period: 'between', fromDay, toDay }, TODAY);
  const endOf = (year: number, month: number, day: number) =>
    new Date(new Date(year, month - 1, day + 1).getTime() - 1).toISOString();
  expect([
    ask('2026-02-27', '2026-02-28'),
    ask('2026-02-27', ''),
    ask('', '2026-02-27'),
    ask('', ''),
    ask('2026-02-28', '2026-02-27'),
    ask('0002-02-28', ''),
    ask('2026-02-31', '20266-02-27'),
  ]).toEqual([
    { from: midnight(2026, 2, 27), to: endOf(2026, 2, 28) },
    { from: midnight(2026, 2, 27) },
    { to: endOf(2026, 2, 27) },
    {},
    null,
    {},
    {},
  ]);
});

test('the core understands every one', () => {
  for (const period of ['today', 'week', 'month', 'all', 'between'] as const) {
    const asked = requestFilter({ ...EVERYTHING, period, fromDay: '2026-02-27', toDay: '2026-02-28' }, TODAY);
    expect(JournalFilter.safeParse(asked)).toMatchObject({ success: true });
  }
});

test('it is filtering as soon as something may be left out', () => {
  expect([
    isFiltering(EVERYTHING),
    isFiltering({ ...EVERYTHING, fromDay: '2026-02-27' }),
    isFiltering({ ...EVERYTHING, period: 'between' }),
    isFiltering({ ...EVERYTHING, period: 'between', toDay: '2026-02-27' }),
    isFiltering({ ...EVERYTHING, period: 'today' }),
    isFiltering({ ...EVERYTHING, outcome: 'failed' }),
  ]).toEqual([false, false, false, true, true, true]);
});
