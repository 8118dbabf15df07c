import type { TimelineEntry } from '#contract/timeline.ts';
import type { FleetContainer } from '#contract/updates.ts';
import type { Mark } from '../../ui/verdict-shape.tsx';

/** What happened, where it is a verdict in itself; null: it is news, and no more. */
export function markOf({ kind }: Pick<TimelineEntry, 'kind'>): Mark | null {
  return MARKS[kind] ?? null;
}

const MARKS: Partial<Record<TimelineEntry['kind'], Mark>> = {
  healthy: 'green',
  unhealthy: 'down',
  'out-of-memory': 'down',
};

/** All about an app's containers that something that happens to them changes; their load is not in it. */
export function lifeOf(containers: readonly FleetContainer[]): string {
  return containers
    .map(({ id, state, health, restarts, startedAt, planned }) =>
      [id, state, health, restarts, startedAt, planned !== null].join(' '),
    )
    .join('\n');
}
