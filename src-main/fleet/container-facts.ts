import type { ContainerState, Port } from '#contract/fleet.ts';
import type { Attachment, ContainerDetail, ContainerSummary } from '../engine/model.ts';
import type { Moment } from '../kernel/clock.ts';
import { nanoOf, rememberCount } from './history.ts';
import type { ContainerFacts, HistoryEntry, Stamp } from './model.ts';

/** A container that a list, asked for at `engineNow` of the engine's clock, shows for the first time. */
export function newContainer(
  summary: ContainerSummary,
  stamp: Stamp,
  engineNow: number,
  history: readonly HistoryEntry[],
): ContainerFacts {
  return {
    id: summary.id,
    name: summary.name,
    state: summary.state,
    exitCode: hasEnded(summary.state) ? summary.exitCode : null,
    health: summary.health,
    networks: summary.networks,
    ports: summary.ports,
    stamps: { state: stamp, health: stamp, name: stamp, addresses: stamp },
    removingSince: removingSince(null, summary.state, engineNow),
    summary,
    detail: null,
    inspectedAt: null,
    newsAt: null,
    history,
    restartCounts: [],
    samples: [],
  };
}

/**
 * A known container after a list that was asked for at `stamp.arrived`, which is `engineNow` on the engine's clock. The
 * same object where the list says nothing new; then it need not be inspected. Some lists say nothing of health or of
 * the exit code: silence is no change.
 */
export function listedContainer(
  known: ContainerFacts,
  summary: ContainerSummary,
  stamp: Stamp,
  engineNow: number,
): ContainerFacts {
  const { stamps } = known;
  const overrides = (older: Stamp) => older.arrived <= stamp.arrived;
  const exitCode = hasEnded(summary.state) ? summary.exitCode : null;
  const newState =
    overrides(stamps.state) &&
    summary.state !== 'unknown' &&
    (summary.state !== known.state || (exitCode !== null && exitCode !== known.exitCode));
  const newHealth =
    overrides(stamps.health) &&
    summary.state === 'running' &&
    summary.health !== null &&
    summary.health !== known.health;
  const newName = overrides(stamps.name) && summary.name !== known.name;
  const movedSinceList =
    !samePorts(known.summary.ports, summary.ports) || !sameNetworks(known.summary.networks, summary.networks);
  const newAddresses = overrides(stamps.addresses) && movedSinceList;
  if (!newState && !newHealth && !newName && sameSummary(known.summary, summary)) return known;

  return {
    ...known,
    summary,
    ...(newState ? { state: summary.state, exitCode } : {}),
    removingSince: removingSince(known, newState ? summary.state : known.state, engineNow),
    ...(newState && !isUp(summary.state) ? { samples: [] } : {}),
    ...(newHealth ? { health: summary.health } : {}),
    ...(newName ? { name: summary.name } : {}),
    ...(newAddresses ? { networks: summary.networks, ports: portsAfterList(known, summary) } : {}),
    stamps: {
      state: newState ? stamp : stamps.state,
      health: newHealth ? stamp : stamps.health,
      name: newName ? stamp : stamps.name,
      addresses: newAddresses ? stamp : stamps.addresses,
    },
  };
}

/** Inspect also shows the ports that are exposed but not published: they are not lost by a list that looks the same. */
function portsAfterList(known: ContainerFacts, summary: ContainerSummary): readonly Port[] {
  return samePorts(known.summary.ports, summary.ports) ? known.ports : summary.ports;
}

/** A known container after an inspect that was asked for at `at`, which is `engineNow` on the engine's clock. */
export function inspectedContainer(
  known: ContainerFacts,
  detail: ContainerDetail,
  at: Moment,
  engineNow: number,
): ContainerFacts {
  const stamp: Stamp = { from: 'inspect', nano: nanoOf(engineNow), arrived: at.monotonic };
  const kept = (older: Stamp) => (older.arrived > at.monotonic ? older : stamp);
  const state = kept(known.stamps.state);
  const health = kept(known.stamps.health);
  const name = kept(known.stamps.name);
  const addresses = kept(known.stamps.addresses);
  const up = isUp(detail.state);
  return {
    ...known,
    detail,
    inspectedAt: at,
    ...(addresses === stamp ? { networks: detail.networks, ports: detail.ports } : {}),
    ...(state === stamp ? { state: detail.state, exitCode: hasEnded(detail.state) ? detail.exitCode : null } : {}),
    ...(health === stamp ? { health: detail.health } : {}),
    ...(name === stamp ? { name: detail.name } : {}),
    stamps: { state, health, name, addresses },
    removingSince: removingSince(known, state === stamp ? detail.state : known.state, engineNow),
    restartCounts: rememberCount(known.restartCounts, detail.restartCount, engineNow),
    samples: up ? known.samples.filter(({ readAt }) => readAt >= (detail.startedAt ?? 0)) : [],
  };
}

function removingSince(known: ContainerFacts | null, state: ContainerState, engineNow: number): number | null {
  return state === 'removing' ? (known?.removingSince ?? engineNow) : null;
}

function isUp(state: ContainerState): boolean {
  return state === 'running' || state === 'paused';
}

/** The engine keeps an exit code of 0 for a container that runs or never ran: that is no exit. */
function hasEnded(state: ContainerState): boolean {
  return state === 'exited' || state === 'dead' || state === 'restarting';
}

function sameSummary(a: ContainerSummary, b: ContainerSummary): boolean {
  return (
    a.state === b.state &&
    a.health === b.health &&
    a.exitCode === b.exitCode &&
    a.name === b.name &&
    a.image === b.image &&
    a.imageId === b.imageId &&
    samePorts(a.ports, b.ports) &&
    sameNetworks(a.networks, b.networks)
  );
}

/** Engines keep no order among ports. */
function samePorts(a: readonly Port[], b: readonly Port[]): boolean {
  const text = (port: Port) => `${port.protocol} ${port.containerPort} ${port.hostIp} ${port.hostPort}`;
  return sameSet(a.map(text), b.map(text));
}

/** Nor among networks. */
function sameNetworks(a: readonly Attachment[], b: readonly Attachment[]): boolean {
  const text = (network: Attachment) => `${network.networkId} ${network.name} ${network.ip}`;
  return sameSet(a.map(text), b.map(text));
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return (
    a.length === b.length && (a.join('\n') === b.join('\n') || a.toSorted().join('\n') === b.toSorted().join('\n'))
  );
}
