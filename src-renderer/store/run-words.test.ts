import { expect, test } from 'vitest';
import { aRun } from './fleet.fixture.ts';
import { endedBadly, runMs, runNews } from './run-words.ts';

test.each([
  [aRun(), 'Restarted shop / api on atlas in 6 s.'],
  [aRun({ action: 'container.stop', title: 'Stop shop / api on atlas' }), 'Stopped shop / api on atlas in 6 s.'],
  [aRun({ endedAt: '2026-05-04T09:13:00.000Z' }), 'Restarted shop / api on atlas.'],
  [aRun({ title: 'Something of a later version' }), 'Done: Something of a later version in 6 s.'],
  [aRun({ state: 'failed' }), 'Could not restart shop / api on atlas.'],
  [aRun({ state: 'cancelled' }), 'Cancelled: restart shop / api on atlas.'],
  [aRun({ state: 'unknown' }), 'Nobody saw how this ended: restart shop / api on atlas.'],
  [aRun({ state: 'running', endedAt: null }), 'Restart shop / api on atlas is under way.'],
])('news of a run: %#', (run, text) => {
  expect(runNews(run)).toBe(text);
});

test('what failed, and what nobody saw, has to be looked at', () => {
  const states = ['running', 'succeeded', 'failed', 'cancelled', 'unknown'] as const;
  expect(states.filter((state) => endedBadly(aRun({ state })))).toEqual(['failed', 'unknown']);
});

test('how long is not known while it runs, and of a clock that went back', () => {
  expect([runMs(aRun()), runMs(aRun({ endedAt: null })), runMs(aRun({ endedAt: '2026-05-04T09:13:00.000Z' }))]).toEqual(
    [6_000, null, null],
  );
});
