import type { Summary } from '#contract/updates.ts';
import { formatDuration } from './figures.ts';

/**
 * The one line that answers "is everything green?": a summary, and how old it is.
 *
 * @param nowMs wall clock, milliseconds since the epoch
 */
export function sentence({ headline, counts, freshAt }: Summary, nowMs: number): string {
  return [headline, ...counts, ...(freshAt === null ? [] : [age(freshAt, counts.length > 0, nowMs)])].join(' · ');
}

/** What is not seen now is counted nowhere, and was only seen last. */
function age(freshAt: string, isSeenNow: boolean, nowMs: number): string {
  const ago = `${formatDuration(nowMs - Date.parse(freshAt))} ago`;
  return isSeenNow ? ago : `last seen ${ago}`;
}
