import type { Run, Unlock } from '#contract/actions.ts';
import type { Question } from '#contract/questions.ts';
import type { Delta, FleetContainer, FleetHost, Snapshot } from '#contract/updates.ts';

/** Hosts, containers and batches for tests: a test says what it is about, the rest is as on a quiet day. */

export const ATLAS = '0b0e7c4e-0f6b-4a53-8f0c-0d8a3a5a8f11';
export const BOREALIS = '1c1f8d5f-1a7c-4b64-9a1d-1e9b4b6b9a22';

export function host(id: string, over: Partial<FleetHost> = {}): FleetHost {
  return {
    id,
    target: 'ssh://ops@atlas.example.org',
    status: { state: 'live', since: '2026-05-04T09:00:00.000Z' },
    verdict: 'green',
    engine: { name: 'docker', version: '27.3.1', apiVersion: '1.47' },
    latencyMs: 8,
    freshAt: '2026-05-04T09:14:31.204Z',
    label: 'atlas',
    mode: 'observe',
    denied: [],
    problems: [],
    ...over,
  };
}

export function container(app: string, service: string, over: Partial<FleetContainer> = {}): FleetContainer {
  const hostId = over.hostId ?? ATLAS;
  return {
    key: `${hostId}:${app}-${service}-1`,
    hostId,
    app,
    id: '8c22414f'.repeat(8),
    name: `${app}-${service}-1`,
    service,
    image: `${app}/${service}:1.0`,
    state: 'running',
    health: 'healthy',
    verdict: 'green',
    reason: 'healthy',
    provisional: false,
    exitCode: null,
    restarts: 0,
    startedAt: '2026-05-01T07:00:02.108Z',
    cpuPercent: 10,
    memoryBytes: 100 * 1024 ** 2,
    memoryLimitBytes: null,
    ports: [],
    networks: [],
    protected: false,
    protection: null,
    planned: null,
    ...over,
  };
}

/** A restart that went well. */
export function aRun(over: Partial<Run> = {}): Run {
  return {
    id: '3e3b9f7b-3c9e-4d86-9c3f-3fbd6d8dbc44',
    action: 'container.restart',
    hostId: ATLAS,
    title: 'Restart shop / api on atlas',
    app: 'shop',
    containerIds: ['8c22414f'.repeat(8)],
    reason: null,
    state: 'succeeded',
    startedAt: '2026-05-04T09:14:00.000Z',
    endedAt: '2026-05-04T09:14:06.000Z',
    message: 'Running and healthy again.',
    found: null,
    cancelling: false,
    steps: [],
    ...over,
  };
}

export function anUnlock(over: Partial<Unlock> = {}): Unlock {
  return {
    hostId: ATLAS,
    containerId: '8c22414f'.repeat(8),
    action: 'container.stop',
    reason: 'to copy its files',
    until: '2026-05-04T09:19:31.204Z',
    ...over,
  };
}

export function snapshot(over: Partial<Omit<Snapshot, 'kind'>> = {}): Snapshot {
  return {
    kind: 'snapshot',
    seq: 1,
    summary: { verdict: 'green', headline: 'All green', counts: ['1 running'], freshAt: '2026-05-04T09:14:31.204Z' },
    hosts: [host(ATLAS)],
    containers: [],
    questions: [],
    settings: { theme: 'system', refreshSeconds: 10, sampleSeconds: 5, secretMinutes: 60 },
    problems: [],
    runs: [],
    unlocks: [],
    journal: { state: 'sound', problem: null, records: 1 },
    ...over,
  };
}

export function delta(seq: number, over: Partial<Omit<Delta, 'kind' | 'seq'>> = {}): Delta {
  return { kind: 'delta', seq, hosts: [], containers: [], gone: [], loads: [], ...over };
}

export function question(hostId: string | null): Question {
  return {
    kind: 'hostKey',
    id: '2d2a9e6a-2b8d-4c75-8b2e-2fac5c7cab33',
    hostId,
    trial: null,
    target: 'ssh://ops@atlas.example.org',
    machine: 'ops@atlas.example.org:22',
    isJump: false,
    keyType: 'ssh-ed25519',
    fingerprint: 'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU',
  };
}
