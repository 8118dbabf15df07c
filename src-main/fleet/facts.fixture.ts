import type { ContainerDetail, ContainerSummary, EngineEvent, StatsSample } from '../engine/model.ts';
import type { Moment } from '../kernel/clock.ts';
import { emptyFacts, type FactInput, reduceFacts } from './facts-reducer.ts';
import type { HostFacts, HostPreferences } from './model.ts';

/** The engine's clock at moment 0, in milliseconds: not this machine's. */
export const ENGINE_ZERO = 1_700_000_000_000;
const WALL_ZERO = 1_800_000_000_000;

export const NO_PREFERENCES: HostPreferences = { pinned: [], protected: [], accepted: [], apps: {} };

/** The moment `ms` after the tests' zero. */
export function at(ms: number): Moment {
  return { wall: WALL_ZERO + ms, monotonic: ms };
}

export function engineAt(ms: number): number {
  return ENGINE_ZERO + ms;
}

export function summary(id: string, over: Partial<ContainerSummary> = {}): ContainerSummary {
  return {
    id,
    name: `name-${id}`,
    image: 'web:1',
    imageId: 'sha256:1',
    labels: {},
    createdAt: engineAt(-86_400_000),
    state: 'running',
    health: null,
    exitCode: null,
    ports: [],
    networks: [{ name: 'front', networkId: 'n1', ip: '172.20.0.2' }],
    mountPaths: [],
    volumes: [],
    ...over,
  };
}

export function detail(id: string, over: Partial<ContainerDetail> = {}): ContainerDetail {
  return {
    ...summary(id),
    health: 'none',
    healthOutput: null,
    exitCode: 0,
    oomKilled: false,
    error: null,
    restartCount: 0,
    restartPolicy: { name: 'no', maximumRetries: 0 },
    startedAt: engineAt(-3_600_000),
    finishedAt: null,
    startedAtText: '2023-11-14T21:13:20.000000000Z',
    memoryLimitBytes: null,
    tty: false,
    stopSignal: 'SIGTERM',
    stopTimeoutSeconds: null,
    healthWaitMs: null,
    ...over,
  };
}

/** An event that the engine dated `ms`, and that arrives at once unless `arrived` says otherwise. */
export function event(
  id: string,
  action: string,
  ms: number,
  attributes: Readonly<Record<string, string>> = {},
  arrived = ms,
): FactInput {
  return { type: 'event', at: at(arrived), event: engineEvent(id, action, ms, attributes) };
}

export function engineEvent(
  id: string,
  action: string,
  ms: number,
  attributes: Readonly<Record<string, string>> = {},
  type: EngineEvent['type'] = 'container',
): EngineEvent {
  return { type, action, id, at: engineAt(ms), timeNano: `${engineAt(ms)}000000`, attributes };
}

export function listed(ms: number, ...containers: readonly ContainerSummary[]): FactInput {
  return { type: 'listed', at: at(ms), engineNow: engineAt(ms), containers };
}

export function inspected(ms: number, container: ContainerDetail): FactInput {
  return { type: 'inspected', at: at(ms), detail: container };
}

export function sample(id: string, ms: number, over: Partial<StatsSample> = {}): StatsSample {
  return {
    id,
    readAt: engineAt(ms),
    cpuTotalNs: ms * 500_000,
    systemCpuNs: ms * 2_000_000,
    onlineCpus: 2,
    memoryBytes: 64 * 1024 ** 2,
    memoryLimitBytes: 8 * 1024 ** 3,
    ...over,
  };
}

/** A sample that the engine read at `ms`, and that arrived at once. */
export function sampled(id: string, ms: number, over: Partial<StatsSample> = {}): FactInput {
  return { type: 'sampled', samples: [{ ...sample(id, ms, over), seenAt: at(ms) }] };
}

/** The facts after all inputs, from nothing. */
export function factsAfter(...inputs: readonly FactInput[]): HostFacts {
  return inputs.reduce(reduceFacts, emptyFacts());
}
