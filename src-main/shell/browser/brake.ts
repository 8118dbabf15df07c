import type { Clock } from '../../kernel/clock.ts';
import { limits } from '../../kernel/limits.ts';

/** Slows guessing down. It never stands before a right answer: those are found right first, and not asked to wait. */
export interface Brake {
  /** To be awaited after each wrong token or secret, before it is refused. */
  wrong(signal: AbortSignal): Promise<void>;
}

export function createBrake(clock: Clock): Brake {
  const { wrongAnswers, wrongMs, wrongPauseMs } = limits.browser;
  let since = Number.NEGATIVE_INFINITY;
  let count = 0;
  return {
    async wrong(signal) {
      if (clock.monotonic() - since > wrongMs) {
        since = clock.monotonic();
        count = 0;
      }
      count += 1;
      if (count > wrongAnswers) await clock.sleep(wrongPauseMs, signal);
    },
  };
}
