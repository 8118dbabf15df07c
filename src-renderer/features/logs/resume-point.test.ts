import { expect, test } from 'vitest';
import type { LogLine } from '#contract/logs.ts';
import { momentBefore, Overlap, ResumeTracker } from './resume-point.ts';

const line = (time: string | null): LogLine => ({ stream: 'stdout', time, text: '', cut: false });

test.each([
  ['2026-11-21T09:14:31.204000001Z', '2026-11-21T09:14:31.204000000Z'],
  ['2026-11-21T09:14:31.2Z', '2026-11-21T09:14:31.199999999Z'],
  ['2026-11-21T09:14:31Z', '2026-11-21T09:14:30.999999999Z'],
  ['2026-01-01T01:00:00+01:00', '2025-12-31T23:59:59.999999999Z'],
  ['yesterday', null],
  ['2026-13-41T09:14:31Z', null],
])('the moment before %s is %s', (time, before) => {
  expect(momentBefore(time)).toBe(before);
});

test('counts the lines of the last time', () => {
  const tracker = new ResumeTracker();
  const empty = { any: tracker.any, point: tracker.point() };
  for (const time of ['2026-11-21T09:14:30Z', '2026-11-21T09:14:31Z', null, '2026-11-21T09:14:31Z'])
    tracker.take(line(time));
  expect({ empty, any: tracker.any, point: tracker.point() }).toEqual({
    empty: { any: false, point: null },
    any: true,
    point: { after: '2026-11-21T09:14:30.999999999Z', time: '2026-11-21T09:14:31Z', lines: 2 },
  });
});

const at = (second: number) => line(`2026-11-21T09:14:${second}Z`);
const known = { after: '', time: '2026-11-21T09:14:31Z', lines: 2 };

test.each([
  ['all of the last time come again, and more of it', [[31, 31, 31, 32]], [[31, 32]], true],
  ['they come in two batches', [[31], [31, 32]], [[], [32]], true],
  ['one of them is no longer kept', [[31, 32]], [[32]], true],
  ['none is', [[32]], [[32]], false],
])('%s', (_, batches, fresh, gapless) => {
  const overlap = new Overlap(known);
  const skipped = batches.map((seconds) => overlap.skip(seconds.map(at)));
  expect({ fresh: skipped.map(({ lines }) => lines), gapless: skipped.at(-1)?.gapless }).toEqual({
    fresh: fresh.map((seconds) => seconds.map(at)),
    gapless,
  });
});
