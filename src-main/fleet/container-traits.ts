import type { Protection } from '#contract/fleet.ts';
import type { ContainerDetail, ContainerSummary } from '../engine/model.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { type Place, placeOf } from './grouping.ts';
import { pinKey } from './identity.ts';
import type { ContainerFacts, HostPreferences } from './model.ts';
import { protectionOf } from './protection.ts';

/** What a container is, whatever it is doing: safe to show. */
export interface ContainerTraits {
  readonly name: string;
  readonly image: string;
  readonly place: Place;
  /** null: it is not protected. */
  readonly protection: Protection | null;
}

interface Remembered {
  readonly name: string;
  readonly ports: ContainerFacts['ports'];
  readonly detail: ContainerDetail | null;
  readonly mapping: HostPreferences['apps'];
  readonly byOperator: HostPreferences['protected'];
  readonly traits: ContainerTraits;
}

/**
 * By what the list said, which is the same object as long as it says the same. Reading labels and images anew for
 * every view would be most of a view's cost, and views are made at every change.
 */
const remembered = new WeakMap<ContainerSummary, Remembered>();

/** Pure, but for remembering its last answer for each container. */
export function traitsOf(facts: ContainerFacts, preferences: HostPreferences): ContainerTraits {
  const { name, ports, detail, summary } = facts;
  const { apps: mapping, protected: byOperator } = preferences;
  const known = remembered.get(summary);
  if (
    known !== undefined &&
    known.name === name &&
    known.ports === ports &&
    known.detail === detail &&
    known.mapping === mapping &&
    known.byOperator === byOperator
  ) {
    return known.traits;
  }
  const place = placeOf(name, summary.labels, mapping);
  const traits = {
    name: visibleText(name, limits.text.labelChars),
    image: visibleText(summary.image, limits.text.labelChars),
    place,
    protection: protectionOf(
      {
        // A list names an image whose tag has moved on by its id, and Podman's tells of no volumes: inspect knows both.
        image: detail?.image ?? summary.image,
        mountPaths: detail?.mountPaths ?? summary.mountPaths,
        labels: summary.labels,
        name,
        service: place.service,
        ports,
      },
      protectedKeys(preferences).has(pinKey(place)),
    ),
  };
  remembered.set(summary, { name, ports, detail, mapping, byOperator, traits });
  return traits;
}

const keysOf = new WeakMap<HostPreferences['protected'], ReadonlySet<string>>();

/** {@link pinKey} of every service the operator has protected. Pure, but for remembering its answer. */
export function protectedKeys({ protected: services }: HostPreferences): ReadonlySet<string> {
  const known = keysOf.get(services);
  if (known !== undefined) return known;
  const keys = new Set(services.map(pinKey));
  keysOf.set(services, keys);
  return keys;
}
