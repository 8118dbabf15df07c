import { describe, expect, it } from 'vitest';
import type { HostState } from '#contract/fleet.ts';
import type { ContainerDetail } from '../engine/model.ts';
import {
  at,
  detail,
  engineAt,
  event,
  factsAfter,
  inspected,
  listed,
  NO_PREFERENCES,
  summary,
} from './facts.fixture.ts';
import type { FactInput } from './facts-reducer.ts';
import { type HostViewInput, hostView } from './host-view.ts';
import { type Planned, type PlannedTimes, withPlanned } from './planned.ts';

const SINCE = '2027-01-15T08:00:00.000Z';
const NOTHING: PlannedTimes = new Map();
const a = (planned: Planned): PlannedTimes => withPlanned(NOTHING, new Map([['a', planned]]), engineAt(0));

/** The one container `a`, its host's verdict, at two seconds. */
function seen(inputs: readonly FactInput[], planned: PlannedTimes, over: Partial<HostViewInput> = {}) {
  const host = hostView({
    id: 'b1f2a3c4-0000-4000-8000-000000000001',
    target: 'ssh://ops@atlas',
    status: { state: 'live', since: SINCE },
    engine: null,
    latencyMs: null,
    facts: factsAfter(...inputs),
    preferences: NO_PREFERENCES,
    planned,
    now: at(2_000),
    engineNow: engineAt(2_000),
    refreshIntervalMs: 10_000,
    sampleIntervalMs: 5_000,
    ...over,
  });
  const container = host.apps[0]?.containers[0];
  return [host.verdict, container?.verdict, container?.reason, container?.planned];
}

const known = (over: Partial<ContainerDetail>): FactInput[] => [
  listed(0, summary('a')),
  inspected(1, detail('a', over)),
];
const ALWAYS = { restartPolicy: { name: 'always', maximumRetries: 0 } } as const;
const offline: HostState = {
  state: 'offline',
  since: SINCE,
  code: 'UNREACHABLE',
  message: '',
  attempt: 1,
  nextTryAt: null,
};

describe('a planned change of ours', () => {
  it.each<[what: string, inputs: FactInput[], planned: Planned, expected: unknown[]]>([
    ['stopped by it, exit 137', known({ state: 'exited', exitCode: 137 }), 'stopping', ['green', 'stopping, planned']],
    ['dead while it stops', known({ state: 'dead' }), 'stopping', ['green', 'stopping, planned']],
    [
      'down between stop and start',
      [...known(ALWAYS), event('a', 'die', 5, { exitCode: '143' })],
      'restarting',
      ['green', 'restarting, planned'],
    ],
    ['its health check not passed yet', known({ health: 'starting' }), 'restarting', ['green', 'restarting, planned']],
    ['unhealthy', known({ health: 'unhealthy' }), 'starting', ['green', 'starting, planned']],
    ['healthy already', known({ health: 'healthy' }), 'restarting', ['green', 'healthy']],
    ['not begun yet', known({ state: 'exited', ...ALWAYS }), 'starting', ['green', 'stopped']],
    [
      'in a state nobody knows',
      [listed(0, summary('a', { state: 'unknown' }))],
      'stopping',
      ['unknown', 'state not known'],
    ],
  ])('mutes what it causes: %s', (_, inputs, planned, expected) => {
    const [verdict] = expected;
    expect(seen(inputs, a(planned))).toEqual([verdict, ...expected, planned]);
  });

  it.each<[string, Partial<HostViewInput>]>([
    ['is not live', { status: offline }],
    ['was not read lately', { now: at(60_000) }],
  ])('mutes nothing where the host %s: unknown is never green', (_, over) => {
    const [host, verdict, , planned] = seen(known({ state: 'exited', exitCode: 137 }), a('stopping'), over);
    expect([host, verdict, planned]).toEqual(['unknown', 'unknown', 'stopping']);
  });

  it('is over when its run is, and what is there then is judged as always', () => {
    const over = withPlanned(a('stopping'), new Map(), engineAt(1_000));
    expect(seen(known({ state: 'exited', exitCode: 137 }), over)).toEqual([
      'attention',
      'attention',
      'exited 137',
      null,
    ]);
  });

  it('mutes no other container', () => {
    const other = withPlanned(NOTHING, new Map([['b', 'stopping']]), engineAt(0));
    expect(seen(known({ state: 'dead' }), other)).toEqual(['down', 'down', 'dead', null]);
  });

  it('is no restart loop afterwards, where the same from outside is one', () => {
    const restarts = [0, 300, 600].flatMap((ms) => [
      event('a', 'kill', ms, { signal: '15' }),
      event('a', 'die', ms + 10, { exitCode: '143' }),
      event('a', 'start', ms + 20),
    ]);
    const inputs = [...known({ health: 'healthy' }), ...restarts];
    const ours = withPlanned(a('restarting'), new Map(), engineAt(700));
    expect([seen(inputs, ours), seen(inputs, NOTHING)]).toEqual([
      ['attention', 'attention', 'starting', null],
      ['down', 'down', expect.stringMatching(/^restarting, last exit 143/), null],
    ]);
  });
});

it('protection is told with its reason, of a service that is missing too', () => {
  const preferences = {
    ...NO_PREFERENCES,
    pinned: [{ app: 'shop', service: 'api' }],
    protected: [
      { app: 'name-a', service: 'name-a' },
      { app: 'shop', service: 'api' },
    ],
  };
  const host = hostView({
    ...{ id: 'b1f2a3c4-0000-4000-8000-000000000001', target: 'ssh://ops@atlas', engine: null, latencyMs: null },
    ...{ now: at(0), engineNow: engineAt(0), refreshIntervalMs: 10_000, sampleIntervalMs: 5_000, planned: NOTHING },
    status: { state: 'live', since: SINCE },
    preferences,
    facts: factsAfter(
      listed(0, summary('a'), summary('b', { image: 'sha256:0f1e' }), summary('c'), summary('d', { labels: MARKED })),
      // By its tag it is another image by now, and its volume was not in the list.
      inspected(1, detail('b', { name: 'name-b', image: 'postgres:16' })),
      inspected(1, detail('c', { name: 'name-c', mountPaths: ['/var/lib/mysql'] })),
    ),
  });
  const told = host.apps
    .flatMap(({ containers }) => containers)
    .map((each) => [each.name, each.protected, each.protection]);
  expect(told).toEqual([
    ['api', true, 'operator'],
    ['name-a', true, 'operator'],
    ['name-b', true, 'database'],
    ['name-c', true, 'database'],
    ['name-d', true, 'label'],
  ]);
});

const MARKED = { 'binnacle.protect': 'true' };
