import { SeenEvents } from '../engine/events.ts';
import type { EngineEvent } from '../engine/model.ts';
import { type Place, placeOf } from './grouping.ts';
import type { HostEvent } from './host-access.ts';
import type { HostFacts, HostPreferences } from './model.ts';

interface HeardAt {
  /** Before the event: a container that it removes is still known. */
  readonly facts: HostFacts;
  readonly preferences: HostPreferences;
  /** Engine's clock minus this machine's, in milliseconds. */
  readonly clockOffsetMs: number;
}

/** What has been heard of one host's containers, over all its connections: each begins with what the one before told. */
export class HeardEvents {
  readonly #seen = new SeenEvents();

  /** The event as it is told to others; null for one that was told already, and for what is not of a container. */
  hear(event: EngineEvent, { facts, preferences, clockOffsetMs }: HeardAt): Omit<HostEvent, 'hostId'> | null {
    if (event.type !== 'container' || !this.#seen.add(event)) return null;
    const place = placeOfEvent(event, facts, preferences.apps);
    return { event, place, at: event.at - clockOffsetMs, seen: 'event' };
  }
}

/** Of a container that no list shows, yet or any more, the event itself tells: it carries the name and all labels. */
function placeOfEvent(
  { id, attributes }: EngineEvent,
  { containers }: HostFacts,
  mapping: HostPreferences['apps'],
): Place | null {
  const known = containers.get(id);
  if (known !== undefined) return placeOf(known.name, known.summary.labels, mapping);
  const name = attributes.name?.replace(/^\//, '');
  return name ? placeOf(name, attributes, mapping) : null;
}
