import type { ContainerHealth, ContainerState } from '#contract/fleet.ts';
import type { EngineEvent } from '../engine/model.ts';
import { compareNano, historyEntry, remember } from './history.ts';
import type { ContainerFacts, Stamp } from './model.ts';

/** Actions that may change what an inspect says. What is not in here (exec, attach, top, copy …) is noise. */
const TELLING: ReadonlySet<string> = new Set([
  'create',
  'start',
  'die',
  'stop',
  'kill',
  'oom',
  'pause',
  'unpause',
  'rename',
  'update',
  'restart',
  'destroy',
  'health_status',
]);

const STATE_AFTER: Readonly<Record<string, ContainerState>> = {
  start: 'running',
  die: 'exited',
  pause: 'paused',
  unpause: 'running',
};

/** The action without its argument (`health_status: unhealthy`); Podman's `remove` is `destroy`. */
export function plainAction(event: EngineEvent): string {
  const action = event.action.split(':', 1)[0] as string;
  return action === 'remove' ? 'destroy' : action;
}

export function isTelling(event: EngineEvent): boolean {
  return TELLING.has(plainAction(event));
}

/**
 * What an event tells of a container at once; the inspect that it calls for says the rest. Each part keeps the newest
 * evidence by the engine's clock, so that a late or replayed event cannot undo a newer one, and the order of arrival
 * does not matter. `look`: it must be inspected. Returns the same object for an event that is known already.
 */
export function afterEvent(
  container: ContainerFacts,
  event: EngineEvent,
  arrived: number,
): { readonly container: ContainerFacts; readonly look: boolean } {
  const action = plainAction(event);
  const entry = historyEntry(event);
  const history = entry === null ? container.history : remember(container.history, entry);
  if (entry !== null && history === container.history) return { container, look: false };

  const stamp: Stamp = { from: 'event', nano: event.timeNano, arrived };
  const newer = (than: Stamp) => compareNano(stamp.nano, than.nano) > 0;
  const { stamps } = container;
  const newsAt = Math.max(container.newsAt ?? arrived, arrived);

  if (action === 'health_status') {
    const health = healthTold(event);
    // Podman tells of every check, Docker of changes: only a change is worth an inspect, and a new failure's output.
    const look = health === null || health !== container.health || health === 'unhealthy';
    if (health === null || !newer(stamps.health)) return { container: { ...container, newsAt }, look };
    return { container: { ...container, newsAt, health, stamps: { ...stamps, health: stamp } }, look };
  }

  let next: ContainerFacts = { ...container, history, newsAt };
  const state = STATE_AFTER[action];
  if (state !== undefined && newer(stamps.state)) {
    const exitCode = state === 'exited' ? (entry?.exitCode ?? null) : null;
    next = { ...next, state, exitCode, removingSince: null, stamps: { ...next.stamps, state: stamp } };
    if (state === 'exited') next = { ...next, samples: [] };
  }
  if (action === 'start') {
    // Its counters begin at zero again, and so do its health checks.
    next = { ...next, samples: next.samples.filter(({ readAt }) => readAt >= event.at) };
    const checked = container.health !== null && container.health !== 'none';
    if (checked && newer(stamps.health)) {
      next = { ...next, health: 'starting', stamps: { ...next.stamps, health: stamp } };
    }
  }
  const name = event.attributes.name?.replace(/^\//, '');
  if (action === 'rename' && name && newer(stamps.name)) {
    next = { ...next, name, stamps: { ...next.stamps, name: stamp } };
  }
  return { container: next, look: true };
}

function healthTold(event: EngineEvent): ContainerHealth | null {
  const word = event.action.split(':')[1]?.trim();
  return word === 'healthy' || word === 'unhealthy' || word === 'starting' ? word : null;
}
