import { describe, expect, it } from 'vitest';
import { manualClock } from '../kernel/clock.fixture.ts';
import type { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { NOW } from './host.fixture.ts';
import { RateWindow } from './rate.ts';

const rates = { changesPerMinute: 2, destroysPerMinute: 1 };
const atlas = { id: 'atlas', label: 'atlas', rates };
const borealis = { id: 'borealis', label: 'borealis', rates };

const limitedFor = (retryAfterMs: number) =>
  expect.objectContaining({ code: 'RATE_LIMITED', details: { retryAfterMs } }) as unknown as AppError;

describe('RateWindow', () => {
  it('slides: each place is free again a minute after it was taken', async () => {
    const clock = manualClock(NOW);
    const window = new RateWindow(clock);
    window.count(atlas, 'change');
    await clock.advance(10_000);
    window.count(atlas, 'change');
    expect(() => window.count(atlas, 'change')).toThrow(limitedFor(limits.actions.rateMs - 10_000));
    await clock.advance(limits.actions.rateMs - 10_001);
    expect(() => window.count(atlas, 'change')).toThrow(
      'No more than 2 changes a minute are begun on atlas: again in 1 s.',
    );
    await clock.advance(1);
    window.count(atlas, 'change');
    expect(() => window.count(atlas, 'change')).toThrow(limitedFor(10_000));
  });

  it('counts hosts and effects by themselves', () => {
    const window = new RateWindow(manualClock(NOW));
    for (const host of [atlas, borealis]) {
      window.count(host, 'destroy');
      window.count(host, 'change');
      window.count(host, 'change');
      expect(() => window.count(host, 'destroy')).toThrow(limitedFor(limits.actions.rateMs));
    }
  });

  it('does not count what was taken back', () => {
    const window = new RateWindow(manualClock(NOW));
    window.count(atlas, 'change');
    window.count(atlas, 'change')();
    window.count(atlas, 'change');
    expect(() => window.count(atlas, 'change')).toThrow(limitedFor(limits.actions.rateMs));
  });

  it('is not opened by a wall clock that is put on', () => {
    let wall = NOW;
    const window = new RateWindow({ ...manualClock(NOW), now: () => wall } as never);
    window.count(atlas, 'change');
    window.count(atlas, 'change');
    wall += 3_600_000;
    expect(() => window.count(atlas, 'change')).toThrow(limitedFor(limits.actions.rateMs));
  });
});
