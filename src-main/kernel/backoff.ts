export interface BackoffOptions {
  readonly baseMs: number;
  readonly capMs: number;
  /** In [0, 1), as Math.random. */
  readonly random: () => number;
}

/**
 * Wait before try number `attempt` + 1, in milliseconds: full jitter over an exponential ceiling, but
 * never below half the base, so that a host that refuses at once is not hammered.
 */
export function backoffMs(attempt: number, { baseMs, capMs, random }: BackoffOptions): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.max(baseMs / 2, Math.round(random() * ceiling));
}
