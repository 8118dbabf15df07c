import { z } from 'zod';
import { listOf } from './json-collections.ts';

/** `Config.Healthcheck`. Times are nanoseconds; 0 and absence stand for the engine's defaults. */
export const Healthcheck = z
  .object({
    Test: listOf(z.string()).nullish(),
    Interval: z.number().nullish(),
    Timeout: z.number().nullish(),
    StartPeriod: z.number().nullish(),
    Retries: z.number().nullish(),
  })
  .nullish();

/** Docker's: 30 s from check to check, 30 s for one, 3 that fail in a row. */
const DEFAULTS = { intervalMs: 30_000, timeoutMs: 30_000, startPeriodMs: 0, retries: 3 } as const;

/**
 * Whether a container is set to be checked, running or not: one that never ran has no state of health yet. `NONE` takes
 * away what its image brings.
 */
export function isChecked(check: z.infer<typeof Healthcheck>): boolean {
  const kind = check?.Test?.[0];
  return kind === 'CMD' || kind === 'CMD-SHELL';
}

/** Milliseconds from a start to a verdict at the latest: all of its start period, and then as many failures as it takes. */
export function healthWaitMs(check: z.infer<typeof Healthcheck>): number {
  const once = ms(check?.Interval, DEFAULTS.intervalMs) + ms(check?.Timeout, DEFAULTS.timeoutMs);
  const retries = check?.Retries && check.Retries > 0 ? check.Retries : DEFAULTS.retries;
  return ms(check?.StartPeriod, DEFAULTS.startPeriodMs) + once * retries;
}

function ms(nanoseconds: number | null | undefined, usual: number): number {
  return nanoseconds && nanoseconds > 0 ? nanoseconds / 1e6 : usual;
}
