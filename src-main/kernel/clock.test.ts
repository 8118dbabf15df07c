import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { type Clock, elapsedSince, moment, systemClock } from './clock.ts';
import { AppError } from './errors.ts';

describe('sleep', () => {
  test('resolves after its time', async () => {
    const before = performance.now();
    await systemClock.sleep(30);
    // Timers count whole milliseconds, and may begin with a part of one gone.
    expect(performance.now() - before).toBeGreaterThanOrEqual(29);
  });

  test('rejects at once with the signal’s error, and forgets the signal', async () => {
    const controller = new AbortController();
    const reason = new AppError('TIMEOUT', 'Too long.');
    const slept = systemClock.sleep(60_000, controller.signal);
    controller.abort(reason);
    await expect(slept).rejects.toBe(reason);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  test('rejects where the signal was aborted before', async () => {
    await expect(systemClock.sleep(0, AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test('leaves nothing on the signal', async () => {
    const { signal } = new AbortController();
    await systemClock.sleep(1, signal);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test.each([2 ** 31, Number.POSITIVE_INFINITY])('of %d ms does not end at once', async (ms) => {
    const controller = new AbortController();
    const slept = systemClock.sleep(ms, controller.signal).then(
      () => 'over',
      () => 'still asleep',
    );
    await systemClock.sleep(20);
    controller.abort();
    expect(await slept).toBe('still asleep');
  });
});

test('the monotonic clock never goes back', () => {
  const readings = Array.from({ length: 1000 }, () => systemClock.monotonic());
  expect(readings).toEqual(readings.toSorted((a, b) => a - b));
});

describe('elapsed time is the larger of what two clocks say', () => {
  function clockAt(wall: number, monotonic: number): Clock {
    return { now: () => wall, monotonic: () => monotonic, sleep: () => Promise.reject(new Error('not used')) };
  }
  const then = moment(clockAt(1_000_000, 500));

  test.each([
    ['both agree', 1_002_000, 2_500, 2_000],
    ['the machine slept: the monotonic clock stood still', 1_060_000, 600, 60_000],
    ['the wall clock was set back', 400_000, 3_500, 3_000],
    ['neither has moved on', 999_000, 500, 0],
  ])('%s', (_name, wall, monotonic, elapsed) => {
    expect(elapsedSince(then, clockAt(wall, monotonic))).toBe(elapsed);
  });
});
