import type { Container } from '#contract/fleet.ts';
import { cpuPercent } from '../engine/stats.ts';
import { elapsedBetween, type Moment } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { ContainerFacts } from './model.ts';

/**
 * A container's load as last sampled: null where it was not, or so long ago that it says nothing of now. A container
 * that can no longer be sampled must not keep the figures of its last good moment.
 */
export function loadOf(
  { samples }: ContainerFacts,
  now: Moment,
  sampleIntervalMs: number,
): Pick<Container, 'cpuPercent' | 'memoryBytes'> {
  const latest = samples.at(-1);
  const previous = samples.at(-2);
  if (latest === undefined || elapsedBetween(latest.seenAt, now) > sampleIntervalMs * limits.fleet.staleIntervals) {
    return { cpuPercent: null, memoryBytes: null };
  }
  return {
    cpuPercent: previous === undefined ? null : cpuPercent(previous, latest),
    memoryBytes: latest.memoryBytes,
  };
}
