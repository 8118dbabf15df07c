import { useCallback, useSyncExternalStore } from 'react';
import { createTicker } from './ticker.ts';

const ticker = createTicker({
  now: Date.now,
  visible: () => !document.hidden,
  every: (ms, action) => {
    const timer = setInterval(action, ms);
    return () => clearInterval(timer);
  },
});
document.addEventListener('visibilitychange', () => ticker.visibilityChanged());

/** A countdown is read by the second, however long it is. */
const COUNTDOWN_MS = 3_600_000;

/**
 * `say(age)` of the moment `at` (milliseconds of this machine's clock), kept up to date; the component is drawn anew only
 * when the words change. The age is negative for what is still to come.
 */
export function useAge(at: number, say: (ageMs: number) => string): string {
  const subscribe = useCallback((onTick: () => void) => ticker.subscribe(at, onTick), [at]);
  return useSyncExternalStore(subscribe, () => say(ticker.now() - at));
}

/** As `useAge`, of what is to come: `say` is given the milliseconds that are left, 0 once it has come. */
export function useCountdown<Said extends string | boolean>(at: number, say: (leftMs: number) => Said): Said {
  const subscribe = useCallback((onTick: () => void) => ticker.subscribe(at, onTick, COUNTDOWN_MS), [at]);
  return useSyncExternalStore(subscribe, () => say(Math.max(0, at - ticker.now())));
}
