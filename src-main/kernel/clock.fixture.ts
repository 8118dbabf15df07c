import { setImmediate } from 'node:timers/promises';
import type { Clock } from './clock.ts';
import { abortError } from './errors.ts';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves `ms` on, and wakes who sleeps when it is their time, in order; lets each do what it then does. */
  advance(ms: number): Promise<void>;
  /** What is left of each sleep, in milliseconds, shortest first. */
  sleeping(): number[];
}

/** @param wallMs wall clock at the start; the monotonic one begins at 0 */
export function manualClock(wallMs: number): ManualClock {
  let elapsed = 0;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => wallMs + elapsed,
    monotonic: () => elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(abortError(signal));
          return;
        }
        const stop = () => {
          sleepers.delete(sleeper);
          reject(abortError(signal as AbortSignal));
        };
        const sleeper = {
          due: elapsed + ms,
          wake: () => {
            signal?.removeEventListener('abort', stop);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', stop, { once: true });
      }),
    async advance(ms) {
      const end = elapsed + ms;
      await settled();
      for (;;) {
        const next = [...sleepers].sort((a, b) => a.due - b.due).find(({ due }) => due <= end);
        if (next === undefined) break;
        elapsed = Math.max(elapsed, next.due);
        sleepers.delete(next);
        next.wake();
        await settled();
      }
      elapsed = end;
    },
    sleeping: () => [...sleepers].map(({ due }) => due - elapsed).sort((a, b) => a - b),
  };
}

/** Resolves when everything that waited for nothing but promises has gone on. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await setImmediate();
}
