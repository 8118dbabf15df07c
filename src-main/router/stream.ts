import { AsyncIteratorClass } from '@orpc/server';

/**
 * An iterator for a window, whose `close` is called exactly once and as soon as possible: when it ends, when it
 * throws, when it is left, and when `signal` is aborted, even if nobody ever took a first value (oRPC does not return an
 * iterator it had no time to send). `close` has to settle a pending `next`, and must not throw.
 */
export function boundStream<T>(
  signal: AbortSignal,
  next: () => Promise<IteratorResult<T, undefined>>,
  close: () => void | Promise<void>,
): AsyncIteratorClass<T, undefined, void> {
  const leave = () => void stream.return();
  const stream = new AsyncIteratorClass<T, undefined, void>(next, async () => {
    signal.removeEventListener('abort', leave);
    await close();
  });
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
  return stream;
}
