import type { Clock } from '../kernel/clock.ts';
import { type AppError, abortError } from '../kernel/errors.ts';

interface Bounds<T> {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly ms: number;
  /** Whatever may end the work early; the first that is aborted gives the error. */
  readonly signals: readonly AbortSignal[];
  /** The error once `ms` have passed; asked for only then, so that it can say how far the work came. */
  readonly late: () => AppError;
  /** Given what the work still brings once nobody waits for it, so that it is closed and not leaked. */
  readonly discard?: (result: T) => void;
}

/**
 * Runs `work` until it settles, time is up or a signal is aborted. It is given one signal for all of these.
 * @throws AppError of the signal, or `late()`, or what `work` throws
 */
export async function bounded<T>(bounds: Bounds<T>, work: (over: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, ms, signals, late, discard } = bounds;
  const timeUp = new AbortController();
  const done = new AbortController();
  const over = AbortSignal.any([...signals, timeUp.signal]);
  if (over.aborted) throw abortError(over);
  clock.sleep(ms, done.signal).then(
    () => timeUp.abort(late()),
    () => {},
  );
  const working = work(over);
  try {
    return await orAborted(over, working);
  } catch (error) {
    working.then(discard, () => {});
    throw error;
  } finally {
    done.abort();
  }
}

/**
 * `promise`, unless `signal` is aborted first: for what may not heed the signal itself.
 * @throws AppError of the signal, or what the promise throws
 */
export async function orAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(abortError(signal));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([aborted, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
