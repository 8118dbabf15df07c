import { abortError } from './errors.ts';

/** Time, passed in so that tests can own it. All values are milliseconds. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch; may jump. */
  now(): number;
  /** Never goes back, but stops while the machine sleeps. */
  monotonic(): number;
  /** Resolves after `ms`, at most 24 days; rejects with the abort's AppError when `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A timer set for longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(abortError(signal));
        return;
      }
      const stop = () => {
        clearTimeout(timer);
        reject(abortError(signal as AbortSignal));
      };
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        },
        Math.min(ms, LONGEST_TIMER_MS),
      );
      signal?.addEventListener('abort', stop, { once: true });
    }),
};

/** A moment on both clocks; see {@link elapsedSince}. */
export interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

export function moment(clock: Clock): Moment {
  return { wall: clock.now(), monotonic: clock.monotonic() };
}

/**
 * Milliseconds from `then` to `now`: the larger of what the two clocks say, because the monotonic one stops
 * during sleep and the wall clock can be set back (DESIGN, freshness). Never negative.
 */
export function elapsedBetween(then: Moment, now: Moment): number {
  return Math.max(0, now.wall - then.wall, now.monotonic - then.monotonic);
}

/** {@link elapsedBetween} `then` and now. */
export function elapsedSince(then: Moment, clock: Clock): number {
  return elapsedBetween(then, moment(clock));
}
