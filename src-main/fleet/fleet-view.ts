import type { Fleet, Host } from '#contract/fleet.ts';
import { sentence } from './sentence.ts';
import { summaryOf } from './summary.ts';

/**
 * All hosts as one: the worst verdict, and the sentence. Hosts keep the order in which they were given, so that a list
 * of them never jumps.
 *
 * @param nowMs wall clock, milliseconds since the epoch
 */
export function fleetView(hosts: readonly Host[], nowMs: number): Fleet {
  const summary = summaryOf(hosts);
  return { verdict: summary.verdict, sentence: sentence(summary, nowMs), hosts: [...hosts] };
}
