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

/**
 * `say(age)` of the moment `at` (milliseconds of this machine's clock), kept up to date; the component is drawn anew only
 * when the words change. The age is negative for what is still to come.
 */
export function useAge(at: number, say: (ageMs: number) => string): string {
  const subscribe = useCallback((onTick: () => void) => ticker.subscribe(at, onTick), [at]);
  return useSyncExternalStore(subscribe, () => say(ticker.now() - at));
}
