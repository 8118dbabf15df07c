import type { Batch, Delta, FleetContainer, FleetHost, Snapshot } from '#contract/updates.ts';
import { appOrder, Membership, regroup, reorders } from './app-groups.ts';
import type { FleetState } from './fleet-state.ts';
import { troubledKeys } from './troubled.ts';

/**
 * The fleet after `batch`. Pure. What the batch leaves out keeps its identity, so that only what changed is drawn anew.
 * `gap`: a batch was missed, what is known is no longer sure, and the subscription has to begin anew.
 *
 * @param nowMs milliseconds of this machine's clock
 */
export function applyBatch(state: FleetState, batch: Batch, nowMs: number): FleetState | 'gap' {
  if (batch.kind === 'snapshot') return fromSnapshot(state, batch, nowMs);
  if (state.seq === null || batch.seq !== state.seq + 1) return 'gap';
  return fromDelta(state, batch, nowMs);
}

function fromSnapshot(state: FleetState, snapshot: Snapshot, nowMs: number): FleetState {
  const containers = new Map(snapshot.containers.map((container) => [container.key, container]));
  const hosts = snapshot.hosts;
  const members = new Membership();
  for (const container of containers.values()) members.come(container);
  const apps = regroup(new Map(), containers, members);
  return {
    seq: snapshot.seq,
    summary: snapshot.summary,
    hosts,
    containers,
    apps,
    appKeys: appOrder(apps, hosts),
    sizes: sizesOf(containers),
    troubled: troubledKeys(containers, hosts),
    // After a short loss what was seen to change is still known; what changed meanwhile changed now.
    changedAt: seenChanges(state, snapshot.containers, containers, nowMs),
    questions: snapshot.questions,
    settings: snapshot.settings,
    problems: snapshot.problems,
    runs: snapshot.runs,
    unlocks: snapshot.unlocks,
    journal: snapshot.journal,
  };
}

function fromDelta(state: FleetState, delta: Delta, nowMs: number): FleetState {
  const hosts = mergeHosts(state.hosts, delta);
  const members = new Membership();
  const containers = mergeContainers(state.containers, delta, members);
  const apps = regroup(state.apps, containers, members);
  const moved = delta.hostOrder !== undefined || reorders(state.apps, apps, members);
  const changed = delta.containers.length > 0 || delta.gone.length > 0 || hosts !== state.hosts;
  return {
    ...state,
    seq: delta.seq,
    summary: delta.summary ?? state.summary,
    hosts,
    containers,
    apps,
    appKeys: moved ? same(state.appKeys, appOrder(apps, hosts)) : state.appKeys,
    sizes: delta.containers.length + delta.gone.length > 0 ? sizesOf(containers) : state.sizes,
    troubled: changed ? same(state.troubled, troubledKeys(containers, hosts)) : state.troubled,
    changedAt: changed ? seenChanges(state, delta.containers, containers, nowMs) : state.changedAt,
    questions: delta.questions ?? state.questions,
    settings: delta.settings ?? state.settings,
    problems: delta.problems ?? state.problems,
    runs: delta.runs ?? state.runs,
    unlocks: delta.unlocks ?? state.unlocks,
    journal: delta.journal ?? state.journal,
  };
}

function mergeHosts(hosts: readonly FleetHost[], { hosts: changed, hostOrder }: Delta): readonly FleetHost[] {
  if (changed.length === 0 && hostOrder === undefined) return hosts;
  const byId = new Map(hosts.map((host) => [host.id, host]));
  for (const host of changed) byId.set(host.id, host);
  return (hostOrder ?? [...byId.keys()]).flatMap((id) => byId.get(id) ?? []);
}

function mergeContainers(
  known: FleetState['containers'],
  { containers: changed, gone, loads }: Delta,
  members: Membership,
): FleetState['containers'] {
  if (changed.length === 0 && gone.length === 0 && loads.length === 0) return known;
  const containers = new Map(known);
  for (const key of gone) {
    const container = containers.get(key);
    if (container === undefined) continue;
    members.left(container);
    containers.delete(key);
  }
  for (const container of changed) {
    const before = containers.get(container.key);
    if (before !== undefined && before.app === container.app && before.hostId === container.hostId) {
      members.changed(container);
    } else {
      if (before !== undefined) members.left(before);
      members.come(container);
    }
    containers.set(container.key, withLastFigures(container, before));
  }
  for (const [key, cpuPercent, memoryBytes] of loads) {
    const container = containers.get(key);
    if (container === undefined) continue;
    members.changed(container);
    containers.set(key, withLastFigures({ ...container, cpuPercent, memoryBytes }, container));
  }
  return containers;
}

/** What is no longer seen keeps the figures it was last seen with: its card says that it is unknown, and how old. */
function withLastFigures(container: FleetContainer, before: FleetContainer | undefined): FleetContainer {
  if (container.verdict !== 'unknown' || before === undefined) return container;
  const { cpuPercent, memoryBytes } = before;
  return {
    ...container,
    cpuPercent: container.cpuPercent ?? cpuPercent,
    memoryBytes: container.memoryBytes ?? memoryBytes,
  };
}

/** A container that is first seen has not changed: since when it is as it is, nobody here knows. */
function seenChanges(
  { changedAt, containers: before }: FleetState,
  changed: readonly FleetContainer[],
  containers: FleetState['containers'],
  nowMs: number,
): FleetState['changedAt'] {
  const after = new Map([...changedAt].filter(([key]) => containers.has(key)));
  for (const { key, verdict } of changed) {
    const was = before.get(key);
    if (was !== undefined && was.verdict !== verdict) after.set(key, nowMs);
  }
  return after;
}

function sizesOf(containers: FleetState['containers']): FleetState['sizes'] {
  const sizes = new Map<string, number>();
  for (const { hostId } of containers.values()) sizes.set(hostId, (sizes.get(hostId) ?? 0) + 1);
  return sizes;
}

function same(before: readonly string[], after: readonly string[]): readonly string[] {
  return before.length === after.length && before.every((key, index) => key === after[index]) ? before : after;
}
