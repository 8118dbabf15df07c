import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, detail, event, factsAfter, inspected, listed, sampled, summary } from './facts.fixture.ts';
import { type FactInput, reduceFacts } from './facts-reducer.ts';
import type { HostFacts } from './model.ts';

const IDS = ['a', 'b', 'c'] as const;
const anyId = fc.constantFrom(...IDS);
const anyAction = fc.constantFrom(
  'create',
  'start',
  'die',
  'stop',
  'kill',
  'oom',
  'pause',
  'unpause',
  'rename',
  'update',
  'health_status: healthy',
  'health_status: unhealthy',
  'exec_start: sh',
);

interface Told {
  readonly id: string;
  readonly action: string;
  readonly ms: number;
}

/** Events of one engine: no two of the same nanosecond. */
const anyEvents: fc.Arbitrary<Told[]> = fc.uniqueArray(
  fc.record({ id: anyId, action: anyAction, ms: fc.integer({ min: 100, max: 900 }) }),
  { selector: ({ ms }) => ms, maxLength: 40 },
);

function told({ id, action, ms }: Told, arrived = 1_000): FactInput {
  return event(id, action, ms, { exitCode: String(ms % 3), name: `renamed-${ms}` }, arrived);
}

const anyInput: fc.Arbitrary<FactInput> = fc.oneof(
  fc.tuple(anyId, anyAction, fc.nat(900)).map(([id, action, ms]) => told({ id, action, ms }, ms)),
  fc.tuple(anyId, fc.nat(900)).map(([id, ms]) => event(id, 'destroy', ms)),
  fc
    .tuple(
      fc.subarray([...IDS]),
      fc.constantFrom('running' as const, 'exited' as const, 'removing' as const),
      fc.nat(900),
    )
    .map(([ids, state, ms]) => listed(ms, ...ids.map((id) => summary(id, { state })))),
  fc
    .tuple(anyId, fc.constantFrom('running' as const, 'exited' as const), fc.nat(9), fc.nat(900))
    .map(([id, state, restartCount, ms]) => inspected(ms, detail(id, { state, restartCount }))),
  fc.tuple(anyId, fc.nat(900)).map(([id, ms]) => sampled(id, ms)),
  anyId.map((id): FactInput => ({ type: 'gone', id })),
  fc.nat(900).map((ms): FactInput => ({ type: 'unheard', at: at(ms) })),
  fc.tuple(anyId, fc.nat(900)).map(([id, ms]): FactInput => ({ type: 'touched', at: at(ms), id })),
  fc.subarray([...IDS]).map((ids): FactInput => ({ type: 'recheck', ids })),
  fc.constant<FactInput>({ type: 'disconnected' }),
);

/** All but what a container has lived through, which only those who watched know. */
function apartFromHistory(facts: HostFacts) {
  const containers = [...facts.containers.values()].map((container) => ({
    ...container,
    history: [],
    restartCounts: [],
    samples: [],
    newsAt: null,
  }));
  return { ...facts, containers };
}

const KNOWN = factsAfter(
  listed(0, ...IDS.map((id) => summary(id))),
  ...IDS.map((id) => inspected(1, detail(id, { health: 'healthy' }))),
);

describe('reduceFacts', () => {
  it('takes any input twice as once', () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 30 }), anyInput, (inputs, last) => {
        const once = factsAfter(...inputs, last);
        expect(reduceFacts(once, last)).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  it('takes a replay of all events, in the order they came, as nothing new', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const ordered = events.toSorted((a, b) => a.ms - b.ms).map((each) => told(each));
        const facts = ordered.reduce(reduceFacts, KNOWN);
        expect(ordered.reduce(reduceFacts, facts)).toEqual(facts);
      }),
      { numRuns: 500 },
    );
  });

  it('comes to the same facts in whatever order events of inspected containers arrive', () => {
    fc.assert(
      fc.property(
        anyEvents.chain((events) =>
          fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
        ),
        ([events, shuffled]) => {
          const facts = (list: readonly Told[]) => list.map((each) => told(each)).reduce(reduceFacts, KNOWN);
          expect(facts(shuffled)).toEqual(facts(events));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('after any inputs, a list and all inspects leaves what these alone would, apart from history', () => {
    const last = [
      listed(2_000, summary('a'), summary('b', { state: 'exited', exitCode: 2 })),
      inspected(2_001, detail('a', { health: 'healthy', restartCount: 2 })),
      inspected(2_001, detail('b', { state: 'exited', exitCode: 2 })),
    ];
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 40 }), (inputs) => {
        expect(apartFromHistory(factsAfter(...inputs, ...last))).toEqual(apartFromHistory(factsAfter(...last)));
      }),
      { numRuns: 500 },
    );
  });

  it('asks for an inspect of every container whose state rests on an event', () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 40 }), (inputs) => {
        const facts = factsAfter(...inputs);
        const byEvent = [...facts.containers.values()].filter(({ stamps }) => stamps.state.from !== 'inspect');
        expect(byEvent.filter(({ id }) => !facts.toInspect.has(id))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
