import { describe, expect, it } from 'vitest';
import {
  at,
  detail,
  engineAt,
  event,
  factsAfter,
  inspected,
  listed,
  sample,
  sampled as sampledOf,
  summary,
} from './facts.fixture.ts';
import { emptyFacts, type FactInput, reduceFacts } from './facts-reducer.ts';
import type { HostFacts } from './model.ts';

const RUNS = summary('a');
const STOPPED = summary('a', { state: 'exited', exitCode: 137 });

describe('samples', () => {
  const known = factsAfter(listed(0, RUNS), inspected(1, detail('a')));
  const sampled = (ms: number) => sampledOf('a', ms);
  const times = (facts: HostFacts) => facts.containers.get('a')?.samples.map(({ readAt }) => readAt);

  it('are the last two, none twice', () => {
    const facts = [sampled(10), sampled(20), sampled(30), sampled(30), sampled(25)].reduce(reduceFacts, known);
    expect(times(facts)).toEqual([engineAt(20), engineAt(30)]);
  });

  it('of many containers are taken in at once, each as if it had come alone', () => {
    const both = factsAfter(listed(0, RUNS, summary('b'), summary('c', { state: 'exited' })));
    const seen = (id: string, ms: number) => ({ ...sample(id, ms), seenAt: at(ms) });
    const alone = ['a', 'b'].flatMap((id) => [sampledOf(id, 10), sampledOf(id, 20)]).reduce(reduceFacts, both);
    const samples = [seen('a', 10), seen('c', 10), seen('b', 10), seen('gone', 10), seen('b', 20), seen('a', 20)];
    const together = reduceFacts(both, { type: 'sampled', samples });
    expect(together).toEqual(alone);
    expect(reduceFacts(together, { type: 'sampled', samples })).toBe(together);
  });

  it.each<[string, FactInput]>([
    ['die', event('a', 'die', 40)],
    ['start', event('a', 'start', 40)],
    ['a list that shows it stopped', listed(40, STOPPED)],
    ['an inspect that shows it stopped', inspected(40, detail('a', { state: 'exited' }))],
    ['an inspect that shows it restarted', inspected(40, detail('a', { startedAt: engineAt(35) }))],
  ])('of the run before are dropped by %s', (_, input) => {
    expect(times([sampled(20), sampled(30), input].reduce(reduceFacts, known))).toEqual([]);
  });

  it('of a container that is gone or stopped are not kept', () => {
    const stopped = reduceFacts(known, listed(5, STOPPED));
    expect([reduceFacts(stopped, sampled(9)), reduceFacts(emptyFacts(), sampled(9))]).toEqual([stopped, emptyFacts()]);
  });
});

describe('what may have been missed', () => {
  it('gone takes a container away', () => {
    const facts = reduceFacts(factsAfter(listed(0, RUNS)), { type: 'gone', id: 'a' });
    expect([facts.containers.size, facts.toInspect.size, reduceFacts(facts, { type: 'gone', id: 'a' })]).toEqual([
      0,
      0,
      facts,
    ]);
  });

  it('disconnected keeps all facts and asks for every inspect: what happens meanwhile may leave no trace', () => {
    const known = factsAfter(listed(0, RUNS), inspected(1, detail('a')));
    const facts = reduceFacts(known, { type: 'disconnected' });
    expect(facts).toEqual({ ...known, toInspect: new Set(['a']) });
    expect(reduceFacts(facts, { type: 'disconnected' })).toBe(facts);
  });

  it('disconnected drops samples: a rate over an outage says nothing of now', () => {
    const loaded = [listed(0, RUNS), inspected(1, detail('a')), sampledOf('a', 10), sampledOf('a', 20)];
    const facts = factsAfter(...loaded, { type: 'disconnected' });
    expect(facts.containers.get('a')?.samples).toEqual([]);
  });

  it('unheard asks for every inspect anew, keeping all that is known, and takes none asked for before as an answer', () => {
    const known = factsAfter(
      listed(0, RUNS),
      inspected(1, detail('a')),
      event('a', 'oom', 2),
      inspected(3, detail('a')),
    );
    const loaded = reduceFacts(known, sampledOf('a', 10));
    const facts = reduceFacts(loaded, { type: 'unheard', at: at(20) });
    const a = loaded.containers.get('a');
    expect(facts).toEqual({
      ...loaded,
      containers: new Map([['a', { ...a, newsAt: 20 }]]),
      toInspect: new Set(['a']),
    });
    expect(reduceFacts(facts, { type: 'unheard', at: at(20) })).toBe(facts);
    const early = reduceFacts(facts, inspected(19, detail('a')));
    expect([[...early.toInspect], reduceFacts(early, inspected(21, detail('a'))).toInspect.size]).toEqual([['a'], 0]);
  });

  it('recheck asks for the inspects it names, of those that are there', () => {
    const known = factsAfter(listed(0, RUNS, summary('b')), inspected(1, detail('a')), inspected(1, detail('b')));
    expect(reduceFacts(known, { type: 'recheck', ids: ['b', 'gone'] })).toEqual({
      ...known,
      toInspect: new Set(['b']),
    });
  });
});
