import type { Clock } from '../kernel/clock.ts';

interface Entry {
  /** On the monotonic clock. */
  readonly due: number;
  readonly happen: () => void;
}

/**
 * What is going to happen, under one timer, however much of it there is. Goes by the monotonic clock: a laptop that wakes
 * after a night finds its demo where it left it, not a thousand happenings to be made up for.
 */
export class Timetable implements Disposable {
  readonly #clock: Clock;
  readonly #entries = new Set<Entry>();
  #waiting: { readonly due: number; readonly stop: AbortController } | null = null;
  #over = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns forgets it again */
  after(ms: number, happen: () => void): Disposable {
    const entry = { due: this.#clock.monotonic() + ms, happen };
    if (!this.#over) {
      this.#entries.add(entry);
      this.#wait();
    }
    return { [Symbol.dispose]: () => this.#entries.delete(entry) };
  }

  [Symbol.dispose](): void {
    this.#over = true;
    this.#entries.clear();
    this.#waiting?.stop.abort();
    this.#waiting = null;
  }

  #wait(): void {
    let due = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries) due = Math.min(due, entry.due);
    if (due === Number.POSITIVE_INFINITY || (this.#waiting !== null && this.#waiting.due <= due)) return;
    this.#waiting?.stop.abort();
    const waiting = { due, stop: new AbortController() };
    this.#waiting = waiting;
    this.#clock.sleep(Math.max(0, due - this.#clock.monotonic()), waiting.stop.signal).then(
      () => {
        if (this.#waiting === waiting) this.#wake();
      },
      () => {},
    );
  }

  #wake(): void {
    this.#waiting = null;
    // Timers count whole milliseconds, and may be up to one early.
    const now = this.#clock.monotonic() + 1;
    const due = [...this.#entries].filter((entry) => entry.due <= now).sort((a, b) => a.due - b.due);
    for (const entry of due) {
      // One that went before it may have called it off.
      if (this.#entries.delete(entry)) entry.happen();
    }
    this.#wait();
  }
}
