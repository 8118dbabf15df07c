/** Why a host is read again before its time: something may have happened unseen, or an event says where to look. */
type Why = 'unseen time' | 'event';

interface RefreshesOptions {
  /** Reads the host again. Never rejects. */
  readonly refresh: () => Promise<void>;
  /** Whether what an event asked for is still to be looked at. */
  readonly isWanted: () => boolean;
  readonly signal: AbortSignal;
}

/** Refreshes that are asked for by what happens, one at a time. */
export class Refreshes {
  readonly #options: RefreshesOptions;
  #underWay: Promise<void> | null = null;
  #again: Why | null = null;

  constructor(options: RefreshesOptions) {
    this.#options = options;
  }

  /** One for a burst, and one more for what came after it was asked for and is still to be looked at. */
  soon(why: Why): void {
    if (this.#options.signal.aborted) return;
    if (this.#underWay !== null) {
      if (this.#again !== 'unseen time') this.#again = why;
      return;
    }
    this.#underWay = this.#options.refresh().then(() => {
      const again = this.#again;
      this.#underWay = null;
      this.#again = null;
      if (this.#options.signal.aborted || again === null) return;
      if (again === 'unseen time' || this.#options.isWanted()) this.soon(again);
    });
  }

  /** Resolves when none is under way; call it after the signal was aborted. */
  async finished(): Promise<void> {
    await this.#underWay;
  }
}
