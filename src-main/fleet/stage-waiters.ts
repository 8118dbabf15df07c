import { abortError } from '../kernel/errors.ts';
import type { ReadStage } from './read-stage.ts';

interface Waiter {
  readonly stage: ReadStage;
  readonly settle: () => void;
}

/** Those who wait until a host has been read as far as a stage. */
export class StageWaiters {
  readonly #hasReached: (stage: ReadStage) => boolean;
  readonly #waiting = new Set<Waiter>();

  constructor(hasReached: (stage: ReadStage) => boolean) {
    this.#hasReached = hasReached;
  }

  /** Resolves when the stage has been reached. Rejects with the signal's AppError. */
  wait(stage: ReadStage, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(abortError(signal));
        return;
      }
      const onAbort = () => {
        this.#waiting.delete(waiter);
        reject(abortError(signal));
      };
      const waiter: Waiter = {
        stage,
        settle: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiter);
      this.look();
    });
  }

  /** A stage may have been reached. */
  look(): void {
    for (const waiter of this.#waiting) {
      if (!this.#hasReached(waiter.stage)) continue;
      this.#waiting.delete(waiter);
      waiter.settle();
    }
  }
}
