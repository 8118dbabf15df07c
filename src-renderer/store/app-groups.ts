import type { Verdict } from '#contract/fleet.ts';
import type { FleetContainer, FleetHost } from '#contract/updates.ts';
import { type AppKey, type AppView, appKey, type FleetState } from './fleet-state.ts';

type Apps = FleetState['apps'];

/** Which containers came to an app and which left it; those that merely changed are in neither. */
export class Membership {
  readonly touched = new Map<AppKey, { readonly come: Set<string>; readonly gone: Set<string> }>();

  changed(container: FleetContainer): void {
    this.#of(container);
  }

  come(container: FleetContainer): void {
    const { come, gone } = this.#of(container);
    come.add(container.key);
    gone.delete(container.key);
  }

  left(container: FleetContainer): void {
    const { come, gone } = this.#of(container);
    come.delete(container.key);
    gone.add(container.key);
  }

  #of({ hostId, app }: FleetContainer) {
    const key = appKey(hostId, app);
    const known = this.touched.get(key);
    if (known !== undefined) return known;
    const fresh = { come: new Set<string>(), gone: new Set<string>() };
    this.touched.set(key, fresh);
    return fresh;
  }
}

const WORST_FIRST: readonly Verdict[] = ['down', 'unknown', 'attention', 'green'];
/** Cards of what is unknown keep their last figures, and sort last: the operator cannot act on them one by one. */
const CARD_ORDER: readonly Verdict[] = ['down', 'attention', 'green', 'unknown'];
const COLLATOR = new Intl.Collator('en', { numeric: true });

export function verdictRank(verdict: Verdict): number {
  return WORST_FIRST.indexOf(verdict);
}

/** `web-2` before `web-10`; a total order, so that nothing changes places by itself. */
export function compareNames(a: string, b: string): number {
  return a === b ? 0 : COLLATOR.compare(a, b) || (a < b ? -1 : 1);
}

/** The apps that were touched, made anew of what `containers` holds now; all others as they were. */
export function regroup(apps: Apps, containers: FleetState['containers'], { touched }: Membership): Apps {
  if (touched.size === 0) return apps;
  const after = new Map(apps);
  for (const [key, { come, gone }] of touched) {
    const before = apps.get(key)?.containers ?? [];
    const stayed = before.filter((one) => !gone.has(one.key) && !come.has(one.key));
    const members = [...stayed.map((one) => one.key), ...come].flatMap((one) => containers.get(one) ?? []);
    // Load comes many times a second, and moves nobody.
    if (!members.every((one, index) => hasSamePlace(one, before[index]))) members.sort(byService);
    const view = appView(key, members);
    if (view === null) after.delete(key);
    else after.set(key, view);
  }
  return after;
}

function hasSamePlace(one: FleetContainer, before: FleetContainer | undefined): boolean {
  return before?.key === one.key && before.service === one.service && before.name === one.name;
}

function byService(a: FleetContainer, b: FleetContainer): number {
  return compareNames(a.service, b.service) || compareNames(a.name, b.name) || compare(a.key, b.key);
}

function appView(key: AppKey, containers: readonly FleetContainer[]): AppView | null {
  const [first] = containers;
  if (first === undefined) return null;
  return {
    key,
    name: first.app,
    hostId: first.hostId,
    verdict: worst(containers),
    containers,
    cpuPercent: sum(containers, ({ cpuPercent }) => cpuPercent),
    memoryBytes: sum(containers, ({ memoryBytes }) => memoryBytes),
  };
}

function worst(containers: readonly FleetContainer[]): Verdict {
  const rank = Math.min(...containers.map(({ verdict }) => verdictRank(verdict)));
  return WORST_FIRST[rank] ?? 'unknown';
}

function sum(containers: readonly FleetContainer[], figure: (of: FleetContainer) => number | null): number | null {
  let total: number | null = null;
  for (const container of containers) {
    const value = figure(container);
    if (value !== null) total = (total ?? 0) + value;
  }
  return total;
}

/** Whether the order of cards may be another: an app came, left, or has another verdict. */
export function reorders(before: Apps, after: Apps, { touched }: Membership): boolean {
  return [...touched.keys()].some((key) => before.get(key)?.verdict !== after.get(key)?.verdict);
}

/** All apps as their cards are laid out: nothing moves while no verdict, host or name changes. */
export function appOrder(apps: Apps, hosts: readonly FleetHost[]): readonly AppKey[] {
  const place = new Map(hosts.map(({ id }, index) => [id, index]));
  return [...apps.values()]
    .sort(
      (a, b) =>
        CARD_ORDER.indexOf(a.verdict) - CARD_ORDER.indexOf(b.verdict) ||
        (place.get(a.hostId) ?? hosts.length) - (place.get(b.hostId) ?? hosts.length) ||
        compareNames(a.name, b.name) ||
        compare(a.key, b.key),
    )
    .map(({ key }) => key);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
