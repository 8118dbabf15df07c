import { expect, test } from 'vitest';
import { manualClock } from '../kernel/clock.fixture.ts';
import { Timetable } from './timetable.ts';

test('lets things happen in order under one timer, and forgets what is called off', async () => {
  const clock = manualClock(1_000);
  using timetable = new Timetable(clock);
  const seen: string[] = [];
  const note = (what: string) => () => seen.push(`${what} at ${clock.now()}`);
  timetable.after(300, note('last'));
  timetable.after(100, note('first'));
  const off = timetable.after(200, note('never'));
  timetable.after(100, () => timetable.after(50, note('then')));
  off[Symbol.dispose]();
  expect(clock.sleeping()).toEqual([100]);
  await clock.advance(400);
  expect(seen).toEqual(['first at 1100', 'then at 1150', 'last at 1300']);
});

test('disposed, it sleeps no more, and takes nothing in', async () => {
  const clock = manualClock(0);
  const timetable = new Timetable(clock);
  const seen: string[] = [];
  timetable.after(10, () => seen.push('happened'));
  timetable[Symbol.dispose]();
  timetable.after(20, () => seen.push('happened later'));
  await clock.advance(100);
  expect({ seen, sleeping: clock.sleeping() }).toEqual({ seen: [], sleeping: [] });
});
