import type { Clock } from '../kernel/clock.ts';

/** How often something is read, where that may change at any time. */
export class Pace {
  readonly #clock: Clock;
  readonly #currentMs: () => number;
  #slowestMs: number;
  #tookMs = 0;
  #changed = new AbortController();

  /** @param currentMs from the beginning of one reading to that of the next, in milliseconds; asked at every use */
  constructor(clock: Clock, currentMs: () => number) {
    this.#clock = clock;
    this.#currentMs = currentMs;
    this.#slowestMs = currentMs();
  }

  get currentMs(): number {
    return this.#currentMs();
  }

  /**
   * The pace by which what is known now may be judged old, in milliseconds: the slowest since it was read. What was
   * read rarely is not out of date the moment somebody wants it often; nor is what could not be read as often as wished.
   */
  get judgedByMs(): number {
    return Math.max(this.#slowestMs, this.#tookMs, this.#currentMs());
  }

  /**
   * A reading is complete: what was known before it, and how often that was read, is over.
   * @param tookMs from its beginning to its end, where that may be longer than the pace
   */
  completed(tookMs = 0): void {
    this.#slowestMs = this.#currentMs();
    this.#tookMs = tookMs;
  }

  /** The pace may have changed: waits under way follow it. */
  follow(): void {
    this.#slowestMs = this.judgedByMs;
    const waiting = this.#changed;
    this.#changed = new AbortController();
    waiting.abort();
  }

  /**
   * Resolves when it is time to read again: the pace's time, or `atMostMs` where that is less, after `since` of the
   * monotonic clock; at once where `signal` is aborted. Never rejects.
   */
  async wait(since: number, signal: AbortSignal, atMostMs = Number.POSITIVE_INFINITY): Promise<void> {
    while (!signal.aborted) {
      const leftMs = since + Math.min(this.#currentMs(), atMostMs) - this.#clock.monotonic();
      if (leftMs <= 0) return;
      await this.#clock.sleep(leftMs, AbortSignal.any([signal, this.#changed.signal])).catch(() => undefined);
    }
  }
}
