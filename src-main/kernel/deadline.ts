import { AppError } from './errors.ts';

/** A limit on how long the machine may take, that does not run while a person is asked something. */
export interface Deadline {
  /** Aborted with a TIMEOUT AppError when the time is used up. */
  readonly signal: AbortSignal;
  /** Stops the time until what it returns is disposed; may be nested. */
  pause(): Disposable;
  /** Gives the timer back; the signal is never aborted after it. */
  [Symbol.dispose](): void;
}

/** @param ms milliseconds of running time */
export function createDeadline(ms: number): Deadline {
  const controller = new AbortController();
  let left = ms;
  let pauses = 0;
  let disposed = false;
  let startedAt = performance.now();
  const expire = () =>
    controller.abort(
      new AppError('TIMEOUT', `No complete answer within ${ms / 1000} s.`, {
        hint: 'Allow more time with --timeout, or look at what keeps the host from answering.',
      }),
    );
  let timer = setTimeout(expire, left);
  return {
    signal: controller.signal,
    pause() {
      if (pauses === 0) {
        clearTimeout(timer);
        left -= performance.now() - startedAt;
      }
      pauses += 1;
      let over = false;
      return {
        [Symbol.dispose]() {
          if (over) return;
          over = true;
          pauses -= 1;
          if (pauses > 0 || disposed) return;
          startedAt = performance.now();
          timer = setTimeout(expire, Math.max(0, left));
        },
      };
    },
    [Symbol.dispose]() {
      disposed = true;
      clearTimeout(timer);
    },
  };
}
