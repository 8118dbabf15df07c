import { AppError, abortError } from '../kernel/errors.ts';

type Work<T> = (signal: AbortSignal) => Promise<T>;

interface Batch<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  /** Who waits for it. */
  askers: number;
}

/**
 * `work`, at most once at a time. All who ask before it begins again share what it comes to then, so that nobody is given
 * what was found before they asked. It is given up when nobody waits for it any more; who stops waiting keeps nobody else.
 */
export function shared<T>(work: Work<T>): Work<T> {
  let last: Promise<unknown> = Promise.resolve();
  let next: Batch<T> | null = null;
  const begin = (): Batch<T> => {
    const stop = new AbortController();
    const result = last.then(() => {
      if (stop.signal.aborted) throw abortError(stop.signal);
      // What is asked from here on is for the one after.
      next = null;
      return work(stop.signal);
    });
    last = result.catch(() => undefined);
    return { result, stop, askers: 0 };
  };
  return async (signal) => {
    if (signal.aborted) throw abortError(signal);
    next ??= begin();
    const batch = next;
    batch.askers += 1;
    try {
      return await unlessAborted(signal, batch.result);
    } finally {
      batch.askers -= 1;
      if (batch.askers === 0) {
        batch.stop.abort();
        if (next === batch) next = null;
      }
    }
  };
}

/** Pieces of work one after the other, in the order in which they were asked for. */
export class InTurn {
  readonly #most: number;
  readonly #what: string;
  #last: Promise<unknown> = Promise.resolve();
  #count = 0;

  /**
   * @param most that are under way or wait
   * @param what names them to the operator, in the plural
   */
  constructor(most: number, what: string) {
    this.#most = most;
    this.#what = what;
  }

  /** @throws AppError TOO_MANY, the signal's own, or what the work throws */
  async take<T>(signal: AbortSignal, work: Work<T>): Promise<T> {
    if (this.#count >= this.#most) {
      throw new AppError('TOO_MANY', `${this.#count} ${this.#what} are under way or wait already.`, {
        details: { most: this.#most },
        hint: 'Wait until they are done.',
      });
    }
    this.#count += 1;
    const turn = this.#last.then(() => {
      if (signal.aborted) throw abortError(signal);
      return work(signal);
    });
    this.#last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#count -= 1;
    }
  }
}

async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(abortError(signal));
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([aborted, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
