import type { ContainerDetail, ContainerSummary, EngineEvent, NetworkSummary } from '../engine/model.ts';
import type { Moment } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { inspectedContainer, listedContainer, newContainer } from './container-facts.ts';
import { afterEvent, isTelling, plainAction } from './event-facts.ts';
import { historyEntry, nanoOf, remember } from './history.ts';
import type { ContainerFacts, HostFacts, SeenSample, Stamp, Stranger } from './model.ts';

/**
 * What may change the facts. For answers, `at` is the moment just before the question was sent: what happens while
 * the answer travels is news that the answer may lack. For events it is the moment of arrival.
 */
export type FactInput =
  | {
      readonly type: 'listed';
      readonly at: Moment;
      /** Milliseconds of the engine's clock at `at`. */
      readonly engineNow: number;
      readonly containers: readonly ContainerSummary[];
    }
  | { readonly type: 'networks'; readonly at: Moment; readonly networks: readonly NetworkSummary[] }
  | { readonly type: 'inspected'; readonly at: Moment; readonly detail: ContainerDetail }
  /** The engine does not know the container any more. */
  | { readonly type: 'gone'; readonly id: string }
  | { readonly type: 'event'; readonly at: Moment; readonly event: EngineEvent }
  /** All that arrived together: the facts are copied once for them. A load has no part in what is newer than what. */
  | { readonly type: 'sampled'; readonly samples: readonly SeenSample[] }
  /** Events can be heard again since `at`; before, some may have been lost although the link stayed. */
  | { readonly type: 'unheard'; readonly at: Moment }
  /** The engine was asked to change it: an inspect asked for before `at` may lack that. */
  | { readonly type: 'touched'; readonly at: Moment; readonly id: string }
  /** These are to be inspected again although nothing tells of a change. */
  | { readonly type: 'recheck'; readonly ids: readonly string[] }
  | { readonly type: 'disconnected' };

const EMPTY: HostFacts = {
  containers: new Map(),
  networks: new Map(),
  toInspect: new Set(),
  relist: false,
  listedAt: null,
  engineClock: null,
  strangers: new Map(),
  networksChangedAt: null,
};

/** Nothing is known yet. */
export function emptyFacts(): HostFacts {
  return EMPTY;
}

/**
 * The facts after `input`. Pure; the same object comes back where nothing changes.
 *
 * Events are hints and may be lost, late or repeated: each marks its container to be inspected, and what it tells is
 * shown meanwhile. A list or an inspect overrides everything that arrived before it was asked for; what arrived later
 * stands, and the container stays marked.
 */
export function reduceFacts(facts: HostFacts, input: FactInput): HostFacts {
  switch (input.type) {
    case 'listed':
      return afterList(facts, input.at, input.engineNow, input.containers);
    case 'networks':
      return afterNetworks(facts, input.at, input.networks);
    case 'inspected':
      return afterInspect(facts, input.at, input.detail);
    case 'gone':
      return without(facts, input.id);
    case 'event':
      return input.event.type === 'network'
        ? afterNetworkEvent(facts, input.at, input.event)
        : afterContainerEvent(facts, input.at, input.event);
    case 'sampled':
      return afterSamples(facts, input.samples);
    case 'unheard':
      return allDoubted(facts, (container) =>
        (container.newsAt ?? Number.NEGATIVE_INFINITY) >= input.at.monotonic
          ? container
          : { ...container, newsAt: input.at.monotonic },
      );
    case 'touched':
      return afterTouch(facts, input.at, input.id);
    case 'recheck':
      return {
        ...facts,
        toInspect: new Set([...facts.toInspect, ...input.ids.filter((id) => facts.containers.has(id))]),
      };
    case 'disconnected':
      // A rate over an outage would say nothing of the load now.
      return allDoubted(facts, (container) =>
        container.samples.length === 0 ? container : { ...container, samples: [] },
      );
  }
}

/** Whatever happens while nobody listens leaves no trace in a list that looks the same: inspect all again. */
function allDoubted(facts: HostFacts, change: (container: ContainerFacts) => ContainerFacts): HostFacts {
  const containers = new Map([...facts.containers].map(([id, container]) => [id, change(container)]));
  const isSame = [...containers].every(([id, container]) => facts.containers.get(id) === container);
  if (isSame && facts.toInspect.size === containers.size) return facts;
  return { ...facts, containers, toInspect: new Set(containers.keys()) };
}

function afterList(facts: HostFacts, at: Moment, engineNow: number, summaries: readonly ContainerSummary[]): HostFacts {
  // Two lists may be on their way at once; an answer to the earlier question has nothing to add.
  if (facts.listedAt !== null && at.monotonic < facts.listedAt.monotonic) return facts;
  const stamp: Stamp = { from: 'list', nano: nanoOf(engineNow), arrived: at.monotonic };
  const containers = new Map<string, ContainerFacts>();
  const toInspect = new Set<string>();
  for (const summary of summaries) {
    const { id } = summary;
    const known = facts.containers.get(id);
    const next =
      known === undefined
        ? newContainer(summary, stamp, engineNow, facts.strangers.get(id)?.history ?? [])
        : listedContainer(known, summary, stamp, engineNow);
    containers.set(id, next);
    if (next !== known || facts.toInspect.has(id)) toInspect.add(id);
  }
  const strangers = new Map(
    [...facts.strangers].filter(([id, { arrived }]) => arrived > at.monotonic && !containers.has(id)),
  );
  const engineClock = { engine: engineNow, monotonic: at.monotonic };
  return flagged({ ...facts, containers, toInspect, strangers, listedAt: at, engineClock });
}

function afterNetworks(facts: HostFacts, at: Moment, list: readonly NetworkSummary[]): HostFacts {
  const { networks: old, networksChangedAt: changedAt } = facts;
  const same = old.size === list.length && list.every((network) => sameNetwork(old.get(network.id), network));
  const networksChangedAt = changedAt !== null && changedAt > at.monotonic ? changedAt : null;
  if (same && networksChangedAt === changedAt) return facts;
  const networks = same ? old : new Map(list.map((network) => [network.id, network]));
  return flagged({ ...facts, networks, networksChangedAt });
}

function sameNetwork(a: NetworkSummary | undefined, b: NetworkSummary): boolean {
  return a !== undefined && a.name === b.name && a.driver === b.driver && a.subnets.join() === b.subnets.join();
}

function afterInspect(facts: HostFacts, at: Moment, detail: ContainerDetail): HostFacts {
  const known = facts.containers.get(detail.id);
  // Not listed any more, or an answer that a later one has overtaken.
  if (known === undefined) return facts;
  if (known.inspectedAt !== null && at.monotonic < known.inspectedAt.monotonic) return facts;
  const { engineClock } = facts;
  // By the monotonic clock: the wall clock may have jumped since the list.
  const engineNow = engineClock === null ? at.wall : engineClock.engine + (at.monotonic - engineClock.monotonic);
  const next = inspectedContainer(known, detail, at, engineNow);
  const { state, health, name, addresses } = next.stamps;
  const newest = Math.max(known.newsAt ?? 0, state.arrived, health.arrived, name.arrived, addresses.arrived);
  const overtaken = newest > at.monotonic;
  return withContainer(facts, next, !overtaken && facts.toInspect.has(detail.id) ? 'done' : 'as is');
}

function afterContainerEvent(facts: HostFacts, at: Moment, event: EngineEvent): HostFacts {
  if (!isTelling(event)) return facts;
  if (plainAction(event) === 'destroy') return without(facts, event.id);
  const known = facts.containers.get(event.id);
  if (known === undefined) return flagged({ ...facts, strangers: withStranger(facts.strangers, event, at) });
  const { container, look } = afterEvent(known, event, at.monotonic);
  return container === known ? facts : withContainer(facts, container, look ? 'look' : 'as is');
}

function afterTouch(facts: HostFacts, at: Moment, id: string): HostFacts {
  const known = facts.containers.get(id);
  if (known === undefined) return facts;
  const isNews = known.newsAt === null || known.newsAt < at.monotonic;
  if (!isNews && facts.toInspect.has(id)) return facts;
  return withContainer(facts, isNews ? { ...known, newsAt: at.monotonic } : known, 'look');
}

function withStranger(
  strangers: ReadonlyMap<string, Stranger>,
  event: EngineEvent,
  at: Moment,
): ReadonlyMap<string, Stranger> {
  const next = new Map(strangers);
  const entry = historyEntry(event);
  const history = next.get(event.id)?.history ?? [];
  next.delete(event.id);
  next.set(event.id, { history: entry === null ? history : remember(history, entry), arrived: at.monotonic });
  const [oldest] = next.keys();
  if (next.size > limits.fleet.strangers && oldest !== undefined) next.delete(oldest);
  return next;
}

function afterNetworkEvent(facts: HostFacts, at: Moment, event: EngineEvent): HostFacts {
  // Joining or leaving changes the container's addresses, not the network's.
  const container = facts.containers.get(event.attributes.container ?? '');
  const joins = event.action === 'connect' || event.action === 'disconnect';
  let next = facts;
  if (joins && container !== undefined) {
    next = withContainer(facts, { ...container, newsAt: Math.max(container.newsAt ?? 0, at.monotonic) }, 'look');
  }
  return joins && facts.networks.has(event.id) ? next : flagged({ ...next, networksChangedAt: at.monotonic });
}

function afterSamples(facts: HostFacts, samples: readonly SeenSample[]): HostFacts {
  const containers = new Map(facts.containers);
  let isSame = true;
  for (const sample of samples) {
    const known = containers.get(sample.id);
    if (known === undefined || (known.state !== 'running' && known.state !== 'paused')) continue;
    const last = known.samples.at(-1);
    if (last !== undefined && sample.readAt <= last.readAt) continue;
    containers.set(sample.id, { ...known, samples: last === undefined ? [sample] : [last, sample] });
    isSame = false;
  }
  return isSame ? facts : { ...facts, containers };
}

function withContainer(facts: HostFacts, container: ContainerFacts, inspect: 'look' | 'done' | 'as is'): HostFacts {
  const containers = new Map(facts.containers).set(container.id, container);
  const wanted = facts.toInspect.has(container.id);
  if (inspect === 'as is' || (inspect === 'look') === wanted) return { ...facts, containers };
  const toInspect = new Set(facts.toInspect);
  if (inspect === 'look') toInspect.add(container.id);
  else toInspect.delete(container.id);
  return { ...facts, containers, toInspect };
}

/** Ids are never given twice: what is gone does not come back, but in a list that was asked for before. */
function without(facts: HostFacts, id: string): HostFacts {
  if (!facts.containers.has(id) && !facts.strangers.has(id)) return facts;
  const containers = new Map(facts.containers);
  const toInspect = new Set(facts.toInspect);
  const strangers = new Map(facts.strangers);
  containers.delete(id);
  toInspect.delete(id);
  strangers.delete(id);
  return flagged({ ...facts, containers, toInspect, strangers });
}

function flagged(facts: HostFacts): HostFacts {
  return { ...facts, relist: facts.strangers.size > 0 || facts.networksChangedAt !== null };
}
