import type { ContainerSummary } from '../engine/model.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { type Place, placeOf } from './grouping.ts';
import type { ContainerFacts, HostPreferences } from './model.ts';
import { isProtected } from './protection.ts';

/** What a container is, whatever it is doing: safe to show. */
export interface ContainerTraits {
  readonly name: string;
  readonly image: string;
  readonly place: Place;
  readonly protected: boolean;
}

interface Remembered {
  readonly name: string;
  readonly ports: ContainerFacts['ports'];
  readonly mapping: HostPreferences['apps'];
  readonly traits: ContainerTraits;
}

/**
 * By what the list said, which is the same object as long as it says the same. Reading labels and images anew for
 * every view would be most of a view's cost, and views are made at every change.
 */
const remembered = new WeakMap<ContainerSummary, Remembered>();

/** Pure, but for remembering its last answer for each container. */
export function traitsOf({ name, ports, summary }: ContainerFacts, mapping: HostPreferences['apps']): ContainerTraits {
  const known = remembered.get(summary);
  if (known !== undefined && known.name === name && known.ports === ports && known.mapping === mapping) {
    return known.traits;
  }
  const place = placeOf(name, summary.labels, mapping);
  const traits = {
    name: visibleText(name, limits.text.labelChars),
    image: visibleText(summary.image, limits.text.labelChars),
    place,
    protected: isProtected({ ...summary, name, service: place.service, ports }),
  };
  remembered.set(summary, { name, ports, mapping, traits });
  return traits;
}
