import type { Clock } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';

interface ComparisonsOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Resolves with whether nothing is left that has to wait for its events. */
  readonly compare: () => boolean;
}

/** Holds what was read against what was heard, once that has had time to be. */
export class Comparisons {
  readonly #options: ComparisonsOptions;
  #waiting: Promise<void> | null = null;

  constructor(options: ComparisonsOptions) {
    this.#options = options;
  }

  /** Something was read; call it as often as that happens. Rejects with what `compare` throws. */
  soon(): Promise<void> {
    this.#waiting ??= this.#run().finally(() => {
      this.#waiting = null;
    });
    return this.#waiting;
  }

  /** Resolves when none is waited for; call it after the signal was aborted. Never rejects. */
  async finished(): Promise<void> {
    await this.#waiting?.catch(() => undefined);
  }

  async #run(): Promise<void> {
    const { clock, signal, compare } = this.#options;
    for (let isDone = false; !isDone && !signal.aborted; ) {
      await clock.sleep(limits.fleet.replayMs, signal).catch(() => undefined);
      if (!signal.aborted) isDone = compare();
    }
  }
}
