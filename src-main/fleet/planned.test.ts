import { describe, expect, it } from 'vitest';
import { limits } from '../kernel/limits.ts';
import { engineAt } from './facts.fixture.ts';
import { type Planned, type PlannedTimes, plannedNow, wasPlanned, withPlanned } from './planned.ts';

const NOTHING: PlannedTimes = new Map();
const plans = (...steps: readonly (readonly [ms: number, planned: Readonly<Record<string, Planned>>])[]) =>
  steps.reduce((times, [ms, planned]) => withPlanned(times, new Map(Object.entries(planned)), engineAt(ms)), NOTHING);

describe('withPlanned', () => {
  it('is one time from its beginning to its end, whatever it is called in between', () => {
    const times = plans([0, { a: 'stopping' }], [10, { a: 'restarting', b: 'starting' }], [20, { b: 'starting' }]);
    expect([...times]).toEqual([
      ['a', [{ what: 'restarting', from: engineAt(0), to: engineAt(20) }]],
      ['b', [{ what: 'starting', from: engineAt(10), to: null }]],
    ]);
    expect(['a', 'b'].map((id) => plannedNow(times.get(id) ?? []))).toEqual([null, 'starting']);
  });

  it('begins another where one has ended', () => {
    const times = plans([0, { a: 'stopping' }], [10, {}], [20, { a: 'starting' }]);
    expect(times.get('a')).toEqual([
      { what: 'stopping', from: engineAt(0), to: engineAt(10) },
      { what: 'starting', from: engineAt(20), to: null },
    ]);
  });

  it('forgets what no verdict looks back at, and never what goes on', () => {
    const past = limits.fleet.eventHistoryMs;
    const times = plans(
      [0, { a: 'stopping', b: 'restarting' }],
      [10, { b: 'restarting' }],
      [past + 11, { b: 'restarting' }],
    );
    expect([...times.keys()]).toEqual(['b']);
  });

  it('keeps no more of a container than of its history', () => {
    const steps = Array.from({ length: 300 }, (_, n) => [n, n % 2 === 0 ? { a: 'starting' as const } : {}] as const);
    expect(plans(...steps).get('a')).toHaveLength(limits.fleet.historyPerContainer);
  });

  it('never ends before it began, though a clock was set back', () => {
    expect(plans([10, { a: 'starting' }], [0, {}]).get('a')).toEqual([
      { what: 'starting', from: engineAt(10), to: engineAt(10) },
    ]);
  });
});

it.each([
  [-2_001, false],
  [-2_000, true],
  [5_000, true],
  [12_000, true],
  [12_001, false],
])('what the engine dates %i ms after the beginning of ten seconds was planned: %s', (ms, expected) => {
  const times = plans([0, { a: 'starting' }], [10_000, {}]).get('a') ?? [];
  expect(wasPlanned(times, engineAt(ms))).toBe(expected);
});
