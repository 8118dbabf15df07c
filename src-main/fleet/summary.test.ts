import { expect, it } from 'vitest';
import type { Container, Host, HostState, Verdict } from '#contract/fleet.ts';
import { Summary } from '#contract/updates.ts';
import { sentence } from './sentence.ts';
import { summaryOf } from './summary.ts';

const OLD = '2027-01-15T07:59:51.000Z';
const NEW = '2027-01-15T07:59:58.000Z';
const LIVE: HostState = { state: 'live', since: OLD };
const OFFLINE: HostState = {
  state: 'offline',
  since: OLD,
  code: 'UNREACHABLE',
  message: '',
  attempt: 1,
  nextTryAt: null,
};

function container(over: Partial<Container>): Container {
  return {
    id: 'a',
    name: 'a',
    service: 'a',
    image: 'web:1',
    state: 'running',
    health: 'none',
    verdict: 'green',
    reason: 'unchecked',
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

function host(verdict: Verdict, status: HostState, freshAt: string | null, containers: readonly Container[]): Host {
  return {
    id: 'b1f2a3c4-0000-4000-8000-000000000001',
    target: 'ssh://ops@atlas',
    status,
    verdict,
    engine: null,
    latencyMs: null,
    freshAt,
    apps: containers.length === 0 ? [] : [{ name: 'shop', verdict, containers: [...containers] }],
  };
}

const down = container({ verdict: 'down', reason: 'dead', state: 'dead' });
const stopped = container({ state: 'exited', reason: 'stopped' });

it.each<[string, readonly Host[], Summary]>([
  ['no hosts', [], { verdict: 'unknown', headline: 'No hosts yet', counts: [], freshAt: null }],
  [
    'a green fleet, as old as its oldest fact',
    [host('green', LIVE, NEW, [container({}), stopped]), host('green', LIVE, OLD, [])],
    {
      verdict: 'green',
      headline: 'All green',
      counts: ['1 running (1 unchecked)', '1 stopped', '1 app', '2 hosts'],
      freshAt: OLD,
    },
  ],
  [
    'trouble, and a host that is not seen, whose age and containers do not count',
    [host('down', LIVE, NEW, [down, container({})]), host('unknown', OFFLINE, OLD, [container({})])],
    {
      verdict: 'down',
      headline: '1 down, 1 host unknown',
      counts: ['1 of 1 running is green (1 unchecked)', '1 app', '2 hosts'],
      freshAt: NEW,
    },
  ],
  [
    'what we change ourselves, apart from all else, whatever it is doing',
    [
      host('green', LIVE, NEW, [
        container({ health: 'healthy', reason: 'healthy' }),
        container({ planned: 'restarting', state: 'exited', reason: 'restarting, planned', provisional: true }),
        container({ planned: 'stopping', health: 'healthy', reason: 'healthy' }),
      ]),
    ],
    {
      verdict: 'green',
      headline: 'All green',
      counts: ['1 running', '2 changing, planned', '1 app', '1 host'],
      freshAt: NEW,
    },
  ],
  [
    'what we change ourselves and cannot see',
    [host('unknown', LIVE, NEW, [container({}), container({ planned: 'restarting', verdict: 'unknown' })])],
    {
      verdict: 'unknown',
      headline: '1 unknown',
      counts: ['1 of 2 running is green (1 unchecked)', '1 app', '1 host'],
      freshAt: NEW,
    },
  ],
  [
    'nothing known, but when something last was',
    [host('unknown', OFFLINE, OLD, []), host('unknown', OFFLINE, NEW, []), host('unknown', OFFLINE, null, [])],
    { verdict: 'unknown', headline: 'Nothing is known: 3 hosts offline', counts: [], freshAt: NEW },
  ],
  [
    'nothing known, in each state a host may be in',
    [
      { state: 'authenticating', attempt: 1, since: OLD },
      { state: 'connecting', attempt: 1, since: OLD },
      { state: 'stale', since: OLD },
      { state: 'degraded', since: OLD, code: 'ENGINE_DENIED', message: 'No.' },
      { state: 'degraded', since: OLD, code: 'ENGINE_TIMEOUT', message: 'No.' },
      { state: 'degraded', since: OLD, code: 'API_TOO_OLD', message: 'No.' },
      { state: 'asking', attempt: 1, since: OLD, what: 'code', jump: null },
      { state: 'blocked', since: OLD, code: 'AUTH_FAILED', message: 'No.' },
    ].map((status) => host('unknown', status as Host['status'], null, [])),
    {
      verdict: 'unknown',
      headline:
        'Nothing is known: 1 host waiting for you, 1 host asking you, 1 host with no answer from the engine, ' +
        '1 host that may not be read, 1 host whose engine cannot be read, 1 host being asked again, 2 hosts connecting',
      counts: [],
      freshAt: null,
    },
  ],
])('of %s', (_, hosts, summary) => {
  expect(summaryOf(hosts)).toEqual(Summary.parse(summary));
});

it('is told in one line with its age; what is not seen now was last seen', () => {
  const now = Date.parse('2027-01-15T08:00:00Z');
  const told = (freshAt: string | null, ...counts: string[]) =>
    sentence({ verdict: 'green', headline: 'So', counts, freshAt }, now);
  expect([told(NEW, '1 app', '1 host'), told(NEW), told(null)]).toEqual([
    'So · 1 app · 1 host · 2 s ago',
    'So · last seen 2 s ago',
    'So',
  ]);
});
