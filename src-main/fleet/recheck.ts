import { elapsedBetween, type Moment } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { HostFacts } from './model.ts';

/**
 * Ids of the containers to inspect again although nothing tells of a change, those inspected longest ago first. Engines
 * drop events without a word (FACTS, engine 1), and most of what inspect alone shows (a limit, a restart policy, a
 * health check's output) changes nothing in a list.
 *
 * Asked every `everyMs`, it comes to every container between half of `limits.fleet.recheckMs` and the whole: each time
 * only a share, because containers that were first inspected together would be asked for together ever after.
 */
export function dueAgain({ containers, toInspect }: HostFacts, now: Moment, everyMs: number): string[] {
  const youngestMs = limits.fleet.recheckMs / 2;
  const share = Math.ceil((containers.size * everyMs) / (limits.fleet.recheckMs - youngestMs));
  return [...containers.values()]
    .flatMap(({ id, inspectedAt }) => (inspectedAt === null || toInspect.has(id) ? [] : [{ id, inspectedAt }]))
    .filter(({ inspectedAt }) => elapsedBetween(inspectedAt, now) >= youngestMs)
    .sort((a, b) => a.inspectedAt.monotonic - b.inspectedAt.monotonic)
    .slice(0, share)
    .map(({ id }) => id);
}
