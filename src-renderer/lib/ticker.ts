/** What the ticker needs of the page. */
export interface TickerPorts {
  readonly now: () => number;
  readonly visible: () => boolean;
  readonly every: (ms: number, action: () => void) => () => void;
}

export interface Ticker {
  /** Milliseconds of the last tick; the same until the next, so that all ages on the page agree. */
  now(): number;
  /**
   * Calls `onTick` as long as it is subscribed; `at` is the moment whose age is shown, and sets the pace.
   * @param youngMs how near to it every second counts; a minute, unless it is said
   */
  subscribe(at: number, onTick: () => void, youngMs?: number): () => void;
  /** The page came into view or left it. */
  visibilityChanged(): void;
}

const FAST_MS = 1_000;
const SLOW_MS = 15_000;
const YOUNG_MS = 60_000;

/** One timer for every age on the page: each second while one is under a minute, slower later, none while hidden. */
export function createTicker({ now, visible, every }: TickerPorts): Ticker {
  const listeners = new Set<{ readonly at: number; readonly youngMs: number; readonly onTick: () => void }>();
  let current = now();
  let running: { readonly paceMs: number; readonly stop: () => void } | null = null;

  function pace(): number | null {
    if (!visible() || listeners.size === 0) return null;
    for (const { at, youngMs } of listeners) if (Math.abs(current - at) < youngMs) return FAST_MS;
    return SLOW_MS;
  }

  function adjust(): void {
    const paceMs = pace();
    if (paceMs === (running?.paceMs ?? null)) return;
    running?.stop();
    running = paceMs === null ? null : { paceMs, stop: every(paceMs, tick) };
  }

  /** Slower only at a tick: a young moment that gives way to the next, time and again, would else put off every tick. */
  function adjustToChange(): void {
    const faster = running !== null && (pace() ?? running.paceMs) < running.paceMs;
    // What was told last may be a quarter of a minute old: too old to count down from.
    if (faster) tick();
    else if (running === null || listeners.size === 0) adjust();
  }

  function tick(): void {
    current = now();
    for (const { onTick } of [...listeners]) onTick();
    adjust();
  }

  return {
    now: () => current,
    subscribe(at, onTick, youngMs = YOUNG_MS) {
      const entry = { at, youngMs, onTick };
      if (listeners.size === 0) current = now();
      listeners.add(entry);
      adjustToChange();
      return () => {
        listeners.delete(entry);
        adjustToChange();
      };
    },
    visibilityChanged() {
      if (visible()) tick();
      else adjust();
    },
  };
}
