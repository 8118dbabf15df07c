import { describe, expect, it } from 'vitest';
import { limits } from '../kernel/limits.ts';
import { at, detail, engineAt, engineEvent, event, factsAfter, inspected, listed, summary } from './facts.fixture.ts';
import { type FactInput, reduceFacts } from './facts-reducer.ts';
import type { HostFacts } from './model.ts';

const RUNS = summary('a');
const STOPPED = summary('a', { state: 'exited', exitCode: 137 });

/** What most cases are about, of the one container `a`. */
function seen(facts: HostFacts) {
  const a = facts.containers.get('a');
  return { state: a?.state, exitCode: a?.exitCode, health: a?.health, toInspect: facts.toInspect.has('a') };
}

function network(action: string, id: string, ms: number, container?: string): FactInput {
  const attributes: Record<string, string> = container === undefined ? {} : { container };
  return { type: 'event', at: at(ms), event: engineEvent(id, action, ms, attributes, 'network') };
}

const FRONT = { id: 'n1', name: 'front', driver: 'bridge', subnets: ['172.20.0.0/16'] };

describe('a list', () => {
  it('brings containers, to be inspected, and takes away those it lacks', () => {
    const facts = factsAfter(listed(0, RUNS, summary('b')), inspected(1, detail('a')), listed(10, RUNS, summary('c')));
    expect([[...facts.containers.keys()], [...facts.toInspect], facts.listedAt]).toEqual([['a', 'c'], ['c'], at(10)]);
  });

  it('that says nothing new leaves a container as the same object', () => {
    const before = factsAfter(listed(0, RUNS), inspected(1, detail('a')));
    const facts = reduceFacts(before, listed(10, { ...RUNS, labels: { ...RUNS.labels } }));
    expect(facts.containers.get('a')).toBe(before.containers.get('a'));
    expect(facts.toInspect.size).toBe(0);
  });

  it.each<[string, Partial<typeof RUNS>]>([
    ['state', { state: 'paused' }],
    ['health', { health: 'unhealthy' }],
    ['name', { name: 'other' }],
    ['image', { image: 'web:2' }],
    ['networks', { networks: [] }],
    ['ports', { ports: [{ hostIp: null, hostPort: null, containerPort: 80, protocol: 'tcp' }] }],
  ])('with another %s asks for an inspect', (_, over) => {
    const facts = factsAfter(listed(0, RUNS), inspected(1, detail('a')), listed(10, { ...RUNS, ...over }));
    expect([...facts.toInspect]).toEqual(['a']);
  });

  it('overrides what an inspect said before it, and shows it at once', () => {
    const facts = factsAfter(listed(0, RUNS), inspected(1, detail('a')), listed(10, STOPPED));
    expect(seen(facts)).toEqual({ state: 'exited', exitCode: 137, health: 'none', toInspect: true });
  });

  it('that says nothing of health, as some of Podman’s, does not undo what inspect said', () => {
    const facts = factsAfter(listed(0, RUNS), inspected(1, detail('a', { health: 'unhealthy' })), listed(10, RUNS));
    expect(seen(facts)).toEqual({ state: 'running', exitCode: null, health: 'unhealthy', toInspect: false });
  });

  it('does not undo an event that came while its answer was on the way', () => {
    const facts = factsAfter(
      listed(0, RUNS),
      inspected(1, detail('a')),
      event('a', 'die', 15, { exitCode: '3' }),
      listed(10, RUNS),
    );
    expect(seen(facts)).toEqual({ state: 'exited', exitCode: 3, health: 'none', toInspect: true });
  });

  it('does not undo an inspect that was asked for later', () => {
    const facts = factsAfter(
      listed(0, RUNS),
      inspected(15, detail('a', { state: 'paused', networks: [] })),
      listed(10, STOPPED),
    );
    expect(facts.containers.get('a')).toMatchObject({ state: 'paused', networks: [] });
  });

  it('asked for before the last one changes nothing', () => {
    const before = factsAfter(listed(10, RUNS));
    expect(reduceFacts(before, listed(5))).toBe(before);
  });
});

describe('an inspect', () => {
  it('settles what it says', () => {
    const facts = factsAfter(
      listed(0, STOPPED),
      inspected(1, detail('a', { state: 'exited', exitCode: 1, restartCount: 4 })),
    );
    expect(seen(facts)).toEqual({ state: 'exited', exitCode: 1, health: 'none', toInspect: false });
    expect(facts.containers.get('a')?.restartCounts).toEqual([{ count: 4, from: engineAt(1), to: engineAt(1) }]);
  });

  it('of a container that runs has no exit code, though the engine says 0', () => {
    expect(seen(factsAfter(listed(0, RUNS), inspected(1, detail('a', { exitCode: 0 })))).exitCode).toBeNull();
  });

  it('does not undo an event that came while its answer was on the way, and is asked for again', () => {
    const before = factsAfter(listed(0, RUNS), event('a', 'die', 5, { exitCode: '3' }), inspected(2, detail('a')));
    expect(seen(before)).toEqual({ state: 'exited', exitCode: 3, health: 'none', toInspect: true });
    const settled = reduceFacts(before, inspected(6, detail('a', { state: 'exited', exitCode: 3 })));
    expect(seen(settled)).toEqual({ state: 'exited', exitCode: 3, health: 'none', toInspect: false });
  });

  it('of a container that is gone changes nothing, nor does an answer that was overtaken', () => {
    const before = factsAfter(listed(0, RUNS), inspected(5, detail('a')));
    expect(reduceFacts(before, inspected(6, detail('b')))).toBe(before);
    expect(reduceFacts(before, inspected(4, detail('a', { state: 'paused' })))).toBe(before);
  });

  it('does not undo the addresses and ports of a list that was asked for later, and is asked for again', () => {
    const had = (ip: string, containerPort: number) => ({
      networks: [{ name: 'front', networkId: 'n1', ip }],
      ports: [{ hostIp: null, hostPort: null, containerPort, protocol: 'tcp' as const }],
    });
    const then = had('172.20.0.2', 80);
    const now = had('172.20.0.9', 81);
    const facts = factsAfter(
      listed(0, summary('a', then)),
      listed(6, summary('a', now)),
      inspected(5, detail('a', then)),
    );
    expect([facts.containers.get('a'), [...facts.toInspect]]).toEqual([expect.objectContaining(now), ['a']]);
    const settled = reduceFacts(facts, inspected(7, detail('a', now)));
    expect([settled.containers.get('a'), settled.toInspect.size]).toEqual([expect.objectContaining(now), 0]);
  });

  it('says since when a container is being removed, whoever saw it first', () => {
    const removing = { state: 'removing' } as const;
    const since = (...inputs: readonly FactInput[]) => factsAfter(...inputs).containers.get('a')?.removingSince;
    const first = [listed(0, RUNS), listed(10, summary('a', removing)), inspected(12, detail('a', removing))];
    expect([
      since(...first, listed(20, summary('a', removing)), inspected(22, detail('a', removing))),
      since(listed(0, RUNS), inspected(12, detail('a', removing))),
      since(listed(5, summary('a', removing))),
      since(...first, inspected(30, detail('a', { state: 'dead' }))),
      since(...first, event('a', 'die', 30)),
    ]).toEqual([engineAt(10), engineAt(12), engineAt(5), null, null]);
  });

  it('is dated by the monotonic clock, whatever the wall clock does', () => {
    const jumped = { ...inspected(5, detail('a')), at: { wall: at(5).wall + 3_600_000, monotonic: 5 } } as FactInput;
    const facts = factsAfter(listed(0, RUNS), jumped, event('a', 'die', 6, { exitCode: '1' }));
    expect(seen(facts).state).toBe('exited');
  });
});

describe('an event', () => {
  const known = factsAfter(listed(0, summary('a')), inspected(1, detail('a', { health: 'healthy' })));

  it.each<[action: string, attributes: Record<string, string>, state: string, exitCode: number | null, health: string]>(
    [
      ['die', { exitCode: '137' }, 'exited', 137, 'healthy'],
      ['die', {}, 'exited', null, 'healthy'],
      ['pause', {}, 'paused', null, 'healthy'],
      ['unpause', {}, 'running', null, 'healthy'],
      ['start', {}, 'running', null, 'starting'],
      ['health_status: unhealthy', {}, 'running', null, 'unhealthy'],
      ['stop', {}, 'running', null, 'healthy'],
      ['kill', { signal: '15' }, 'running', null, 'healthy'],
      ['oom', {}, 'running', null, 'healthy'],
      ['update', {}, 'running', null, 'healthy'],
      ['restart', {}, 'running', null, 'healthy'],
    ],
  )('%s %j shows %s, exit code %s, %s, and asks for an inspect', (action, attributes, state, exitCode, health) => {
    const facts = reduceFacts(known, event('a', action, 10, attributes));
    expect(seen(facts)).toEqual({ state, exitCode, health, toInspect: true });
  });

  it('renames', () => {
    const facts = reduceFacts(known, event('a', 'rename', 10, { name: '/fresh', oldName: '/name-a' }));
    expect(facts.containers.get('a')?.name).toBe('fresh');
  });

  it.each(['destroy', 'remove'])('%s removes', (action) => {
    const facts = reduceFacts(known, event('a', action, 10));
    expect([facts.containers.size, facts.toInspect.size, facts.relist]).toEqual([0, 0, false]);
  });

  it('that tells nothing, or that health is as before, changes no more than it must', () => {
    expect(reduceFacts(known, event('a', 'exec_create: sh', 10))).toBe(known);
    const healthy = reduceFacts(known, event('a', 'health_status: healthy', 10));
    expect(seen(healthy)).toEqual({ state: 'running', exitCode: null, health: 'healthy', toInspect: false });
  });

  it('older than the inspect does not undo it, but counts once', () => {
    const facts = factsAfter(
      listed(0, RUNS),
      inspected(10, detail('a')),
      event('a', 'die', 5, { exitCode: '1' }, 20),
      inspected(21, detail('a')),
    );
    expect(seen(facts)).toEqual({ state: 'running', exitCode: null, health: 'none', toInspect: false });
    expect(facts.containers.get('a')?.history.map(({ action }) => action)).toEqual(['die']);
    expect(reduceFacts(facts, event('a', 'die', 5, { exitCode: '1' }, 30))).toBe(facts);
  });

  it('that is late does not undo a later one', () => {
    const facts = [event('a', 'start', 12, {}, 20), event('a', 'die', 11, { exitCode: '1' }, 21)].reduce(
      reduceFacts,
      known,
    );
    expect(seen(facts).state).toBe('running');
    expect(facts.containers.get('a')?.history.map(({ action }) => action)).toEqual(['die', 'start']);
  });
});

describe('a container no list has shown', () => {
  it('asks for a list, which brings its history with it', () => {
    const before = factsAfter(listed(0), event('n', 'create', 5), event('n', 'start', 6), event('n', 'die', 7));
    expect([before.relist, before.containers.size]).toEqual([true, 0]);
    const facts = reduceFacts(before, listed(8, summary('n')));
    expect([facts.relist, facts.strangers.size]).toEqual([false, 0]);
    expect(facts.containers.get('n')?.history.map(({ action }) => action)).toEqual(['create', 'start', 'die']);
  });

  it('asks again where the list was asked for before it came', () => {
    const facts = factsAfter(event('n', 'create', 5), listed(4));
    expect([facts.relist, [...facts.strangers.keys()]]).toEqual([true, ['n']]);
    expect(reduceFacts(facts, listed(6)).relist).toBe(false);
  });

  it('is forgotten when it is destroyed', () => {
    expect(factsAfter(listed(0), event('n', 'create', 5), event('n', 'destroy', 6))).toMatchObject({ relist: false });
  });

  it('is one of a bounded number', () => {
    const many = Array.from({ length: limits.fleet.strangers + 5 }, (_, n) => event(`n${n}`, 'create', n));
    const facts = factsAfter(listed(0), ...many);
    expect([facts.strangers.size, facts.strangers.has('n0'), facts.strangers.has('n5')]).toEqual([
      limits.fleet.strangers,
      false,
      true,
    ]);
  });
});

describe('networks', () => {
  const known = factsAfter(listed(0, RUNS), inspected(1, detail('a')), {
    type: 'networks',
    at: at(1),
    networks: [FRONT],
  });

  it('are as read, and the same object when read again', () => {
    expect([...known.networks.values()]).toEqual([FRONT]);
    expect(reduceFacts(known, { type: 'networks', at: at(9), networks: [{ ...FRONT }] })).toBe(known);
  });

  it.each(['create', 'destroy'])('ask to be read again after a %s, until they were', (action) => {
    const before = reduceFacts(known, network(action, 'n2', 5));
    const early = reduceFacts(before, { type: 'networks', at: at(4), networks: [FRONT] });
    const late = reduceFacts(early, { type: 'networks', at: at(6), networks: [] });
    expect([before.relist, early.relist, late.relist, late.networks.size]).toEqual([true, true, false, 0]);
  });

  it('that a container joins or leaves ask for its inspect, and to be read only where they are new', () => {
    const joined = reduceFacts(known, network('connect', 'n1', 5, 'a'));
    const fresh = reduceFacts(known, network('connect', 'n2', 5, 'a'));
    expect([joined, fresh].map(({ relist, toInspect }) => [relist, [...toInspect]])).toEqual([
      [false, ['a']],
      [true, ['a']],
    ]);
  });
});
