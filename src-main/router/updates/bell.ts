import type { Clock } from '../../kernel/clock.ts';

/** Wakes who waits for it, or the next who will. */
export class Bell {
  readonly #clock: Clock;
  #rung = false;
  #wake = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#rung = true;
    this.#wake();
  }

  /** Resolves when it is rung, or was since it was last heard, or after `ms`; null: rung only. For one who waits. */
  async heard(ms: number | null): Promise<void> {
    if (!this.#rung) {
      const woken = new AbortController();
      const rung = new Promise<void>((resolve) => {
        this.#wake = () => {
          woken.abort();
          resolve();
        };
      });
      await (ms === null ? rung : this.#clock.sleep(Math.max(0, ms), woken.signal).catch(() => undefined));
      this.#wake = () => {};
    }
    this.#rung = false;
  }
}
