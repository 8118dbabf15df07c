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
    settings: { theme: 'system', refreshSeconds: 10, sampleSeconds: 5 },
    problems: [],
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
    keyType: 'ssh-ed25519',
    fingerprint: 'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU',
  };
}
