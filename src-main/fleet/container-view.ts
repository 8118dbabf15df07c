import type { Container, NetworkAddress } from '#contract/fleet.ts';
import type { Attachment, NetworkSummary } from '../engine/model.ts';
import type { Moment } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { loadOf } from './container-load.ts';
import type { ContainerTraits } from './container-traits.ts';
import { evidenceOf, isProvisional } from './evidence.ts';
import type { Place } from './grouping.ts';
import { pinKey } from './identity.ts';
import type { ContainerFacts } from './model.ts';
import { type PlannedTimes, plannedNow } from './planned.ts';
import { protectionOf } from './protection.ts';
import { subnetOf } from './subnet.ts';
import { containerVerdict, type VerdictContext, type VerdictEvidence, whilePlanned } from './verdict.ts';

/** What all containers of a host have in common when they are shown. */
export interface ViewContext extends Omit<VerdictContext, 'pinned' | 'accepted'> {
  /** {@link pinKey} of every pinned service. */
  readonly pinned: ReadonlySet<string>;
  /** Ids of containers whose exit was accepted. */
  readonly accepted: ReadonlySet<string>;
  /** {@link pinKey} of every service the operator has protected. */
  readonly protected: ReadonlySet<string>;
  readonly planned: PlannedTimes;
  readonly networks: ReadonlyMap<string, NetworkSummary>;
  readonly now: Moment;
  readonly sampleIntervalMs: number;
}

/** One container as windows and scripts see it. */
export function containerView(facts: ContainerFacts, traits: ContainerTraits, context: ViewContext): Container {
  const { place } = traits;
  const load = loadOf(facts, context.now, context.sampleIntervalMs);
  const { engineNow } = context;
  const times = context.planned.get(facts.id) ?? [];
  const planned = plannedNow(times);
  const { oneOff } = place;
  const evidence = evidenceOf(facts, { oneOff, engineNow, memoryBytes: load.memoryBytes, planned: times });
  const judged = containerVerdict(evidence, {
    ...context,
    pinned: context.pinned.has(pinKey(place)),
    accepted: context.accepted.has(facts.id),
  });
  const { verdict, reason } = whilePlanned(planned, judged);
  const { detail } = facts;
  return {
    id: facts.id,
    name: traits.name,
    service: place.service,
    image: traits.image,
    state: evidence.state,
    health: facts.health,
    verdict,
    reason,
    provisional: isProvisional(facts),
    exitCode: evidence.exitCode,
    restarts: detail?.restartCount ?? null,
    startedAt: detail?.startedAtText ?? null,
    ...load,
    memoryLimitBytes: detail?.memoryLimitBytes ?? null,
    ports: [...facts.ports],
    networks: facts.networks.map((network) => addressView(network, context.networks)),
    protected: traits.protection !== null,
    protection: traits.protection,
    planned,
  };
}

/** A pinned service of which no container is there. */
export function missingView({ app, service }: Place, context: ViewContext): Container {
  const evidence: VerdictEvidence = { ...NOTHING_SEEN, state: 'missing' };
  const judged = containerVerdict(evidence, { ...context, pinned: true, accepted: false });
  const known = { image: '', name: app, service, labels: {}, ports: [], mountPaths: [] };
  const protection = protectionOf(known, context.protected.has(pinKey({ app, service })));
  return {
    id: '',
    name: service,
    service,
    image: '',
    state: 'missing',
    health: null,
    verdict: judged.verdict,
    reason: judged.reason,
    provisional: false,
    exitCode: null,
    restarts: null,
    startedAt: null,
    cpuPercent: null,
    memoryBytes: null,
    memoryLimitBytes: null,
    ports: [],
    networks: [],
    protected: protection !== null,
    protection,
    planned: null,
  };
}

const NOTHING_SEEN: VerdictEvidence = {
  state: 'unknown',
  exitCode: null,
  health: null,
  healthOutput: null,
  error: null,
  oomKilled: false,
  restartPolicy: null,
  oneOff: false,
  createdAt: 0,
  removingSince: null,
  memoryBytes: null,
  memoryLimitBytes: null,
  restarts: { times: 0, spanMs: 0 },
  lastDeath: null,
  outOfMemory: null,
};

function addressView(
  { name, networkId, ip }: Attachment,
  networks: ReadonlyMap<string, NetworkSummary>,
): NetworkAddress {
  // The engine gives a container that was never started the name of its network alone.
  const network = networkId === '' ? networks.values().find((each) => each.name === name) : networks.get(networkId);
  return {
    name: visibleText(name, limits.text.labelChars),
    ip,
    subnet: network === undefined ? null : subnetOf(ip, network.subnets),
  };
}
