import { describe, expect, it } from 'vitest';
import { Host } from '#contract/fleet.ts';
import type { ContainerSummary } from '../engine/model.ts';
import {
  at,
  detail,
  engineAt,
  event,
  factsAfter,
  inspected,
  listed,
  NO_PREFERENCES,
  sampled,
  summary,
} from './facts.fixture.ts';
import { emptyFacts, type FactInput } from './facts-reducer.ts';
import { type HostViewInput, hostView } from './host-view.ts';
import type { HostFacts, HostPreferences } from './model.ts';

const SINCE = '2027-01-15T08:00:00.000Z';

function input(facts: HostFacts, over: Partial<HostViewInput> = {}): HostViewInput {
  return {
    id: 'b1f2a3c4-0000-4000-8000-000000000001',
    target: 'ssh://ops@atlas',
    status: { state: 'live', since: SINCE },
    engine: { name: 'docker', version: '20.10.24', apiVersion: '1.41' },
    latencyMs: 8,
    facts,
    preferences: NO_PREFERENCES,
    planned: new Map(),
    now: at(2_000),
    engineNow: engineAt(2_000),
    refreshIntervalMs: 10_000,
    sampleIntervalMs: 5_000,
    ...over,
  };
}

function compose(id: string, app: string, service: string, number = 1, over: Partial<ContainerSummary> = {}) {
  return summary(id, {
    name: `${app}-${service}-${number}`,
    labels: {
      'com.docker.compose.project': app,
      'com.docker.compose.service': service,
      'com.docker.compose.container-number': String(number),
    },
    ...over,
  });
}

/** Apps as `name verdict: container reason, …`. */
function told(host: Host): string[] {
  return host.apps.map(
    ({ name, verdict, containers }) =>
      `${name} ${verdict}: ${containers.map((container) => `${container.name} ${container.reason}`).join(', ')}`,
  );
}

const networks: FactInput = {
  type: 'networks',
  at: at(0),
  networks: [{ id: 'n1', name: 'front', driver: 'bridge', subnets: ['fd00::/64', '172.20.0.0/16'] }],
};

describe('hostView', () => {
  it.each([
    ['three intervals', 60, 15_000, 15_001],
    ['or three rounds, where an old engine needs longer than an interval for one', 600, 21_000, 21_001],
  ])('keeps a load for %s', (_what, count, kept, aged) => {
    const ids = Array.from({ length: count }, (_, n) => `c${n}`);
    const facts = factsAfter(listed(0, ...ids.map((id) => summary(id))), sampled('c0', 0));
    const memory = (ms: number) =>
      hostView(input(facts, { now: at(ms), refreshIntervalMs: 60_000 }))
        .apps.flatMap(({ containers }) => containers)
        .some(({ memoryBytes }) => memoryBytes !== null);
    expect([memory(kept), memory(aged)]).toEqual([true, false]);
  });

  it('is the whole of a host, as the contract has it', () => {
    const port = { hostIp: '0.0.0.0', hostPort: 5432, containerPort: 5432, protocol: 'tcp' as const };
    const listing = compose('a', 'shop', 'db', 1, { image: 'postgres:16', ports: [port] });
    const facts = factsAfter(
      listed(0, listing),
      networks,
      inspected(
        1,
        detail('a', {
          ...listing,
          health: 'healthy',
          restartCount: 2,
          memoryLimitBytes: 1024 ** 3,
          networks: [...listing.networks, { name: 'gone', networkId: 'n9', ip: '10.0.0.2' }],
        }),
      ),
      sampled('a', 1_000),
      sampled('a', 2_000),
    );
    const host = hostView(input(facts));
    expect(host).toEqual({
      id: 'b1f2a3c4-0000-4000-8000-000000000001',
      target: 'ssh://ops@atlas',
      status: { state: 'live', since: SINCE },
      verdict: 'green',
      engine: { name: 'docker', version: '20.10.24', apiVersion: '1.41' },
      latencyMs: 8,
      freshAt: new Date(at(0).wall).toISOString(),
      apps: [
        {
          name: 'shop',
          verdict: 'green',
          containers: [
            {
              id: 'a',
              name: 'shop-db-1',
              service: 'db',
              image: 'postgres:16',
              state: 'running',
              health: 'healthy',
              verdict: 'green',
              reason: 'healthy',
              provisional: false,
              exitCode: null,
              restarts: 2,
              startedAt: '2023-11-14T21:13:20.000000000Z',
              cpuPercent: 50,
              memoryBytes: 64 * 1024 ** 2,
              memoryLimitBytes: 1024 ** 3,
              ports: [port],
              networks: [
                { name: 'front', ip: '172.20.0.2', subnet: '172.20.0.0/16' },
                { name: 'gone', ip: '10.0.0.2', subnet: null },
              ],
              protected: true,
              protection: 'database',
              planned: null,
            },
          ],
        },
      ],
    });
    expect(Host.parse(host)).toEqual(host);
  });

  it('of a list alone is provisional, and null where nothing is known', () => {
    const [app] = hostView(input(factsAfter(listed(0, summary('a'))))).apps;
    expect(app?.containers[0]).toMatchObject({
      verdict: 'green',
      reason: 'unchecked',
      provisional: true,
      health: null,
      restarts: null,
      startedAt: null,
      cpuPercent: null,
      memoryBytes: null,
      memoryLimitBytes: null,
      networks: [{ name: 'front', ip: '172.20.0.2', subnet: null }],
    });
  });

  it('takes a container that is being removed for green at first', () => {
    const facts = factsAfter(listed(0, summary('a', { state: 'removing' })));
    const seen = [10_000, 10_001].map((ms) => hostView(input(facts, { now: at(ms), engineNow: engineAt(ms) })).verdict);
    expect(seen).toEqual(['green', 'attention']);
  });

  it('has apps worst first, then by name, and containers by service, number and name', () => {
    const facts = factsAfter(
      listed(
        0,
        compose('1', 'web10', 'api'),
        compose('2', 'web9', 'api', 10),
        compose('3', 'web9', 'api', 9),
        compose('4', 'web9', 'ai'),
        compose('5', 'tired', 'api', 1, { state: 'paused' }),
        compose('6', 'fallen', 'api', 1, { state: 'dead' }),
        compose('7', 'fallen', 'web', 1),
      ),
    );
    expect(told(hostView(input(facts)))).toEqual([
      'fallen down: fallen-api-1 dead, fallen-web-1 unchecked',
      'tired attention: tired-api-1 paused',
      'web9 green: web9-ai-1 unchecked, web9-api-9 unchecked, web9-api-10 unchecked',
      'web10 green: web10-api-1 unchecked',
    ]);
  });

  it('shows at once what an event tells', () => {
    const policy = { restartPolicy: { name: 'always', maximumRetries: 0 } } as const;
    const facts = factsAfter(
      listed(0, summary('a')),
      inspected(1, detail('a', policy)),
      event('a', 'die', 5, { exitCode: '3' }),
    );
    expect(hostView(input(facts)).apps[0]?.containers[0]).toMatchObject({
      state: 'restarting',
      exitCode: 3,
      verdict: 'down',
      reason: 'restarting, last exit 3',
      provisional: true,
    });
  });

  it('makes a container’s untrusted text visible', () => {
    const facts = factsAfter(listed(0, summary('a', { name: 'a\u202e', image: 'i\u0000' })));
    expect(hostView(input(facts)).apps[0]).toMatchObject({
      name: 'a\\u{202e}',
      containers: [{ name: 'a\\u{202e}', service: 'a\\u{202e}', image: 'i␀' }],
    });
  });
});

describe('a host', () => {
  const facts = factsAfter(listed(0, summary('a')));
  const offline = {
    state: 'offline',
    since: SINCE,
    code: 'UNREACHABLE',
    message: '',
    attempt: 1,
    nextTryAt: null,
  } as const;

  it.each<[what: string, over: Partial<HostViewInput>, verdict: string, reason: string | undefined]>([
    ['live', {}, 'green', 'unchecked'],
    ['live without containers', { facts: factsAfter(listed(0)) }, 'green', undefined],
    ['live and not read yet', { facts: emptyFacts() }, 'unknown', undefined],
    ['connecting', { status: { state: 'connecting', attempt: 2, since: SINCE } }, 'unknown', 'last seen 2 s ago'],
    [
      'connecting for the first time',
      { facts: emptyFacts(), status: { state: 'connecting', attempt: 1, since: SINCE } },
      'unknown',
      undefined,
    ],
    [
      'degraded',
      { status: { state: 'degraded', since: SINCE, code: 'ENGINE_TIMEOUT', message: '' } },
      'unknown',
      'last seen 2 s ago',
    ],
    ['offline', { status: offline, now: at(7_200_000) }, 'unknown', 'last seen 2 h ago'],
    [
      'blocked',
      { status: { state: 'blocked', since: SINCE, code: 'HOST_KEY_CHANGED', message: '' } },
      'unknown',
      'last seen 2 s ago',
    ],
    ['live, read three intervals ago', { now: at(30_000) }, 'green', 'unchecked'],
    ['live, read longer ago', { now: at(30_001) }, 'unknown', 'last seen 30 s ago'],
    ['live, but the machine slept', { now: { ...at(1_000), wall: at(90_000).wall } }, 'unknown', 'last seen 1 min ago'],
    [
      'live, but the clock was set back',
      { now: { ...at(90_000), wall: at(-900_000).wall } },
      'unknown',
      'last seen 1 min ago',
    ],
    [
      'offline and worse before',
      { facts: factsAfter(listed(0, summary('a', { state: 'dead' }))), status: offline },
      'unknown',
      'last seen 2 s ago',
    ],
  ])('%s', (_, over, verdict, reason) => {
    const host = hostView(input(facts, over));
    expect([host.verdict, host.apps[0]?.containers[0]?.reason]).toEqual([verdict, reason]);
  });

  it('is as fresh as its list, in the time of a wall clock that was set back too', () => {
    const back = { wall: at(-900_000).wall, monotonic: 90_000 };
    const fresh = [at(2_000), back].map((now) => hostView(input(facts, { now })).freshAt);
    expect(fresh).toEqual([at(0).wall, back.wall - 90_000].map((ms) => new Date(ms).toISOString()));
    expect(hostView(input(emptyFacts())).freshAt).toBeNull();
  });
});

describe("the operator's preferences", () => {
  const stoppedPolicy = { restartPolicy: { name: 'always', maximumRetries: 0 } } as const;
  const view = (facts: HostFacts, preferences: Partial<HostPreferences>) =>
    told(hostView(input(facts, { preferences: { ...NO_PREFERENCES, ...preferences } })));

  it('a pinned service that is absent is missing, in its app or in one of its own', () => {
    const pinned = [
      { app: 'shop', service: 'api' },
      { app: 'shop', service: 'queue' },
      { app: 'shop', service: 'queue' },
      { app: 'blog', service: 'db' },
    ];
    const facts = factsAfter(listed(0, compose('a', 'shop', 'api')));
    expect(view(facts, { pinned })).toEqual([
      'blog down: db missing',
      'shop down: shop-api-1 unchecked, queue missing',
    ]);
    expect(view(emptyFacts(), { pinned })).toEqual([]);
  });

  it('a one-off does not stand in for its pinned service', () => {
    const run = compose('a', 'shop', 'api');
    const facts = factsAfter(
      listed(0, { ...run, name: 'run', labels: { ...run.labels, 'com.docker.compose.oneoff': 'True' } }),
    );
    expect(view(facts, { pinned: [{ app: 'shop', service: 'api' }] })).toEqual([
      'shop down: api missing, run unchecked',
    ]);
  });

  it('a pinned service that somebody stopped needs attention', () => {
    const facts = factsAfter(
      listed(0, compose('a', 'shop', 'api', 1, { state: 'exited', exitCode: 0 })),
      inspected(1, detail('a', { state: 'exited', ...stoppedPolicy })),
    );
    expect([view(facts, {}), view(facts, { pinned: [{ app: 'shop', service: 'api' }] })]).toEqual([
      ['shop green: name-a stopped'],
      ['shop attention: name-a stopped'],
    ]);
  });

  it('an accepted exit is silent, and apps are as mapped', () => {
    const facts = factsAfter(listed(0, summary('a', { state: 'exited', exitCode: 3 })));
    expect(view(facts, { accepted: ['a'], apps: { 'name-a': 'jobs' } })).toEqual([
      'jobs green: name-a exited 3, accepted',
    ]);
  });
});
