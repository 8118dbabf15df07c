import type { Fleet, Host } from '#contract/fleet.ts';
import { sentence } from './sentence.ts';
import { worstVerdict } from './verdict.ts';

/**
 * All hosts as one: the worst verdict, and the sentence. Without a host nothing is known, which is not green. Hosts
 * keep the order in which they were given, so that a list of them never jumps.
 *
 * @param nowMs wall clock, milliseconds since the epoch
 */
export function fleetView(hosts: readonly Host[], nowMs: number): Fleet {
  return {
    verdict: hosts.length === 0 ? 'unknown' : worstVerdict(hosts.map(({ verdict }) => verdict)),
    sentence: sentence(hosts, nowMs),
    hosts: [...hosts],
  };
}
