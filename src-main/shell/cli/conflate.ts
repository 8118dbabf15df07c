/** Makes one call of many. */
interface Conflated extends Disposable {
  /** Asks for a call, unless one is on its way. */
  readonly ask: () => void;
}

/** Calls `act` once for all that is asked for within `everyMs`, at its end; not after it was disposed. */
export function conflate(everyMs: number, act: () => void): Conflated {
  let timer: NodeJS.Timeout | null = null;
  return {
    ask: () => {
      timer ??= setTimeout(() => {
        timer = null;
        act();
      }, everyMs);
    },
    [Symbol.dispose]: () => {
      if (timer !== null) clearTimeout(timer);
    },
  };
}
