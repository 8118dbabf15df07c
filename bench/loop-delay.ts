import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Loaded into a process that is measured (`node --import`): on SIGUSR2 it writes how long its event loop has kept
 * others waiting since the last time, in milliseconds, to the file that BINNACLE_BENCH_LOOP names, and begins anew.
 */
const RESOLUTION_MS = 5;
const file = process.env.BINNACLE_BENCH_LOOP;
if (file !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  // Node counts from one timer to the next; the timer's own interval is no delay.
  const ms = (nanoseconds: number) => Math.max(0, Math.round(nanoseconds / 10_000) / 100 - RESOLUTION_MS);
  process.on('SIGUSR2', () => {
    const figures = { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) };
    writeFileSync(file, JSON.stringify(figures));
    delay.reset();
  });
}
