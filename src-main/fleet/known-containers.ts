import type { ContainerDetail } from '../engine/model.ts';
import { protectedKeys, traitsOf } from './container-traits.ts';
import { shownState } from './evidence.ts';
import { type Place, placeOf } from './grouping.ts';
import type { KnownContainer } from './host-access.ts';
import { pinKey } from './identity.ts';
import type { HostFacts, HostPreferences } from './model.ts';
import { protectionOf } from './protection.ts';

/** A host's containers as it was last read. */
export function knownContainers({ containers }: HostFacts, preferences: HostPreferences): KnownContainer[] {
  return [...containers.values()].map((facts): KnownContainer => {
    const { name, image, place, protection } = traitsOf(facts, preferences);
    const { id, health, networks, summary, detail } = facts;
    return {
      id,
      name,
      image,
      place,
      protection,
      state: shownState(facts),
      health,
      labels: summary.labels,
      networks,
      // Podman's list tells of none.
      volumes: detail?.volumes ?? summary.volumes,
    };
  });
}

/** Where a container belongs, by a fresh inspect. */
export function inspectedPlace({ name, labels }: ContainerDetail, { apps }: HostPreferences): Place {
  return placeOf(name, labels, apps);
}

/** Why a container is protected, by a fresh inspect; null: it is not. */
export function inspectedProtection(detail: ContainerDetail, preferences: HostPreferences) {
  const place = inspectedPlace(detail, preferences);
  return protectionOf({ ...detail, service: place.service }, protectedKeys(preferences).has(pinKey(place)));
}
