import { type Clock, elapsedSince, moment } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';

/**
 * Calls back each time this machine has slept, as far as its clocks tell: a short wait took long. Nothing else tells a
 * process without Electron. Being stopped, or a clock that is set forward, looks the same, and does no harm.
 */
export function watchForWake(clock: Clock, onWake: () => void): Disposable {
  const stop = new AbortController();
  const { wakeLookMs, sleptMs } = limits.fleet;
  const watch = async () => {
    for (;;) {
      const began = moment(clock);
      await clock.sleep(wakeLookMs, stop.signal);
      if (elapsedSince(began, clock) >= wakeLookMs + sleptMs) onWake();
    }
  };
  // It only ever ends by its own end.
  void watch().catch(() => undefined);
  return { [Symbol.dispose]: () => stop.abort() };
}
