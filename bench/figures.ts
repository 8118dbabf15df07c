/** A figure beside the most it may be (DESIGN, "What it must cost"). */
export interface Judged {
  readonly value: number;
  readonly limit: number;
  readonly ok: boolean;
}

/** What could not be measured (NaN) is not ok. */
export function atMost(limit: number, value: number): Judged {
  return { value: rounded(value), limit, ok: value <= limit };
}

export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    p50: rounded(quantile(sorted, 0.5)),
    p95: rounded(quantile(sorted, 0.95)),
    p99: rounded(quantile(sorted, 0.99)),
    max: rounded(sorted.at(-1) ?? Number.NaN),
  };
}

/** Of ascending numbers; the nearest rank. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** To a thousandth. */
export function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
