import type { Clock } from '../kernel/clock.ts';

/** Lets one who waits for a while be called before it is over. A ring that nobody waits for is heard by the next wait. */
export class Doorbell {
  readonly #clock: Clock;
  #waiting = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly ring = (): void => {
    this.#waiting.abort();
  };

  /** Resolves after `ms` milliseconds, or when it rings. */
  async wait(ms: number): Promise<void> {
    await this.#clock.sleep(ms, this.#waiting.signal).catch(() => {});
    if (this.#waiting.signal.aborted) this.#waiting = new AbortController();
  }
}
