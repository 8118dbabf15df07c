import { expect, test } from 'vitest';
import { byDay, dayOf, dayWords, startOfDay, timeOfDay } from './day.ts';

const at = (...parts: [number, number, number, number?, number?, number?]) => new Date(...parts).toISOString();

test('a day is called as people call it', () => {
  const call = (day: string) => dayWords(day, '2026-01-01');
  expect([call('2026-01-01'), call('2025-12-31'), call('2025-12-30'), dayWords('2026-11-20', '2026-11-30')]).toEqual([
    'Today',
    'Yesterday',
    '30 December 2025',
    'Friday 20 November',
  ]);
});

test('days begin at midnight of this machine, over the end of months and years', () => {
  expect([
    dayOf(startOfDay('2026-03-01', -1)),
    dayOf(startOfDay('2026-12-31', 1)),
    timeOfDay(startOfDay('2026-03-29')),
  ]).toEqual(['2026-02-28', '2027-01-01', '00:00:00']);
});

test('what happened is grouped by day, and stays in its order where the clock went back', () => {
  const entries = [
    { seq: 5, at: at(2026, 10, 21, 9) },
    { seq: 4, at: at(2026, 10, 21, 0, 0, 0) },
    { seq: 3, at: at(2026, 10, 20, 23, 59, 59) },
    { seq: 2, at: at(2026, 10, 21, 8) },
  ];
  expect(byDay(entries).map(({ day, entries: of }) => [day, ...of.map(({ seq }) => seq)])).toEqual([
    ['2026-11-21', 5, 4],
    ['2026-11-20', 3],
    ['2026-11-21', 2],
  ]);
  expect(byDay([])).toEqual([]);
});
