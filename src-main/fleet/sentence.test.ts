import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Container, ContainerState, type Host, type HostState, Verdict } from '#contract/fleet.ts';
import { fleetView } from './fleet-view.ts';
import { sentence } from './sentence.ts';
import { summaryOf } from './summary.ts';
import { worstVerdict } from './verdict.ts';

const NOW = Date.parse('2027-01-15T08:00:00Z');
const LIVE: HostState = { state: 'live', since: '2027-01-15T07:00:00Z' };
const OFFLINE: HostState = {
  state: 'offline',
  since: '2027-01-15T07:00:00Z',
  code: 'UNREACHABLE',
  message: '',
  attempt: 1,
  nextTryAt: null,
};

function container(over: Partial<Container> = {}): Container {
  return {
    id: 'a',
    name: 'a',
    service: 'a',
    image: 'web:1',
    state: 'running',
    health: 'healthy',
    verdict: 'green',
    reason: 'healthy',
    provisional: false,
    exitCode: null,
    restarts: null,
    startedAt: null,
    cpuPercent: null,
    memoryBytes: null,
    memoryLimitBytes: null,
    ports: [],
    networks: [],
    protected: false,
    protection: null,
    planned: null,
    ...over,
  };
}

function times(count: number, over: Partial<Container> = {}): Container[] {
  return Array.from({ length: count }, () => container(over));
}

/** A host with one app for each list of containers, seen `agoMs` ago. */
function host(apps: readonly Container[][], status: HostState = LIVE, agoMs: number | null = 2_000): Host {
  const own: Verdict = status.state === 'live' && agoMs !== null ? 'green' : 'unknown';
  return {
    id: 'b1f2a3c4-0000-4000-8000-000000000001',
    target: 'ssh://ops@atlas',
    status,
    verdict: worstVerdict([own, ...apps.flat().map(({ verdict }) => verdict)]),
    engine: null,
    latencyMs: null,
    freshAt: agoMs === null ? null : new Date(NOW - agoMs).toISOString(),
    apps: apps.map((containers, n) => ({
      name: `app${n}`,
      verdict: worstVerdict(containers.map(({ verdict }) => verdict)),
      containers,
    })),
  };
}

const UNCHECKED = { health: 'none', reason: 'unchecked' } as const;
const STOPPED = { state: 'exited', health: 'none', reason: 'stopped', exitCode: 137 } as const;
const FINISHED = { state: 'exited', health: 'none', reason: 'finished', exitCode: 0 } as const;
const CREATED = { state: 'created', health: 'none', reason: 'created' } as const;
const REMOVING = { state: 'removing', health: 'none', reason: 'being removed' } as const;
const UNHEALTHY = { health: 'unhealthy', verdict: 'down', reason: 'unhealthy' } as const;
const LOOPING = { state: 'restarting', verdict: 'down', reason: 'restarting, last exit 1' } as const;
const STARTING = { health: 'starting', verdict: 'attention', reason: 'starting' } as const;
const STALE = { verdict: 'unknown', reason: 'last seen 2 min ago' } as const;

const elevenApps = Array.from({ length: 11 }, () => times(1));

const CASES: readonly (readonly [what: string, hosts: readonly Host[], text: string])[] = [
  ['no hosts', [], 'No hosts yet'],
  ['all green', [host([times(2)])], 'All green · 2 running · 1 app · 1 host · 2 s ago'],
  [
    'all that green hides',
    [
      host([
        times(38),
        [
          ...times(9, UNCHECKED),
          ...times(3, STOPPED),
          ...times(2, FINISHED),
          ...times(4, CREATED),
          ...times(1, REMOVING),
        ],
      ]),
      host(elevenApps.slice(1)),
    ],
    'All green · 57 running (9 unchecked) · 3 stopped · 2 finished · 4 not started · 1 being removed · 12 apps · 2 hosts · 2 s ago',
  ],
  [
    'what needs attention is not counted as what green hides',
    [
      host([
        [
          ...times(1),
          ...times(1, { ...STOPPED, verdict: 'attention' }),
          ...times(1, { ...CREATED, verdict: 'attention', reason: 'never started' }),
          ...times(1, FINISHED),
        ],
      ]),
    ],
    '2 need attention · 1 of 1 running is green · 1 finished · 1 app · 1 host · 2 s ago',
  ],
  ['no containers', [host([])], 'All green · no containers · 1 host · 2 s ago'],
  ['none that run', [host([times(1, STOPPED)])], 'All green · 0 running · 1 stopped · 1 app · 1 host · 2 s ago'],
  [
    'accepted, which green hides as well',
    [host([times(1, { state: 'exited', reason: 'exited 3, accepted', exitCode: 3 })])],
    'All green · 0 running · 1 stopped · 1 app · 1 host · 2 s ago',
  ],
  [
    'trouble of every kind',
    [
      host([[...times(50), ...times(1, UNHEALTHY), ...times(1, LOOPING), ...times(1, STARTING)], times(3, STOPPED)]),
      host([times(9, UNCHECKED)]),
      host([times(20, STALE)], OFFLINE, 120_000),
    ],
    '2 down, 1 needs attention, 1 host unknown · 59 of 61 running are green (9 unchecked) · 3 stopped · 3 apps · 3 hosts · 2 s ago',
  ],
  [
    'more than one, and a state not known',
    [
      host([[...times(1), ...times(2, STARTING), ...times(1, { state: 'unknown', verdict: 'unknown' })]]),
      host([], OFFLINE, null),
      host([], { state: 'connecting', attempt: 1, since: '' }, null),
    ],
    '1 unknown, 2 need attention, 2 hosts unknown · 1 of 3 running is green · 1 app · 3 hosts · 2 s ago',
  ],
  [
    'a service that is missing',
    [host([[...times(1), container({ id: '', state: 'missing', verdict: 'down', reason: 'missing' })]])],
    '1 down · 1 of 1 running is green · 1 app · 1 host · 2 s ago',
  ],
  ['nothing that runs', [host([times(1, LOOPING)])], '1 down · 0 running · 1 app · 1 host · 2 s ago'],
  [
    'a live host whose facts are too old',
    [host([times(2, STALE)], LIVE, 40_000), host([times(1)])],
    '1 host unknown · 1 of 1 running is green · 1 app · 2 hosts · 2 s ago',
  ],
  [
    'the oldest of what is seen',
    [host([], LIVE, 1_000), host([], LIVE, 9_000)],
    'All green · no containers · 2 hosts · 9 s ago',
  ],
  ['a time that is yet to come', [host([], LIVE, -5_000)], 'All green · no containers · 1 host · 0 s ago'],
  [
    'what only a list has told',
    [host([times(3, { ...UNCHECKED, health: null, provisional: true })])],
    'All green · 3 running (3 unchecked) · 1 app · 1 host · 3 provisional · 2 s ago',
  ],
  [
    'connecting',
    [
      host([], { state: 'connecting', attempt: 1, since: '' }, null),
      host([], { state: 'connecting', attempt: 1, since: '' }, null),
    ],
    'Nothing is known: 2 hosts connecting',
  ],
  ['connected', [host([], LIVE, null)], 'Nothing is known: 1 host not read yet'],
  [
    'nothing reachable',
    [
      host([times(4, STALE)], OFFLINE, 240_000),
      host([], { state: 'blocked', since: '', code: 'HOST_KEY_CHANGED', message: '' }, null),
      host([], { state: 'degraded', since: '', code: 'ENGINE_TIMEOUT', message: '' }, 600_000),
    ],
    'Nothing is known: 1 host waiting for you, 1 host offline, 1 host with no answer from the engine · last seen 4 min ago',
  ],
];

describe('sentence', () => {
  it.each(CASES)('%s', (_, hosts, text) => {
    expect(sentence(summaryOf(hosts), NOW)).toBe(text);
  });

  it('says "All green" of a fleet that is, and of no other', () => {
    const anyContainer = fc
      .record({ state: fc.constantFrom(...ContainerState.options), verdict: fc.constantFrom(...Verdict.options) })
      .map((over) => container(over));
    const anyHost = fc
      .tuple(
        fc.array(fc.array(anyContainer, { minLength: 1, maxLength: 4 }), { maxLength: 3 }),
        fc.constantFrom(LIVE, OFFLINE),
        fc.option(fc.nat(100_000)),
      )
      .map((args) => host(...args));
    fc.assert(
      fc.property(fc.array(anyHost, { maxLength: 4 }), (hosts) => {
        const fleet = fleetView(hosts, NOW);
        expect(fleet.sentence.startsWith('All green')).toBe(fleet.verdict === 'green');
      }),
      { numRuns: 1_000 },
    );
  });
});
