import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../kernel/limits.ts';
import { engineAt, engineEvent } from './facts.fixture.ts';
import { compareNano, historyEntry, nanoOf, remember, rememberCount } from './history.ts';
import type { HistoryEntry } from './model.ts';

function entry(action: HistoryEntry['action'], ms: number): HistoryEntry {
  return { action, at: engineAt(ms), timeNano: nanoOf(engineAt(ms)), exitCode: null };
}

describe('compareNano', () => {
  it('orders as numbers do, beyond what a number holds', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 70n }), fc.bigInt({ min: 0n, max: 2n ** 70n }), (a, b) => {
        expect(Math.sign(compareNano(String(a), String(b)))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});

describe('historyEntry', () => {
  it.each([
    ['create', {}, 'create'],
    ['die', { exitCode: '137' }, 'die'],
    ['kill', { signal: '15' }, 'kill'],
    ['kill', { signal: '9' }, 'kill'],
    ['kill', { signal: '1' }, undefined],
    ['kill', { signal: 'SIGUSR1' }, undefined],
    ['pause', {}, undefined],
    ['health_status: unhealthy', {}, undefined],
  ])('of %s %j is %s', (action, attributes, expected) => {
    expect(historyEntry(engineEvent('a', action, 0, attributes))?.action).toBe(expected);
  });

  it.each([
    [{ exitCode: '137' }, 137],
    [{ containerExitCode: '2' }, 2],
    [{ exitCode: '0' }, 0],
    [{ exitCode: 'NaN' }, null],
    [{}, null],
  ])('reads the exit code of %j as %s', (attributes, expected) => {
    expect(historyEntry(engineEvent('a', 'die', 0, attributes))?.exitCode).toBe(expected);
  });
});

describe('remember', () => {
  it('gives the same array back for an entry that is in it', () => {
    const history = remember(remember([], entry('start', 1)), entry('die', 2));
    expect(remember(history, entry('start', 1))).toBe(history);
  });

  it('forgets what is older than the window', () => {
    const history = remember(remember([], entry('start', 0)), entry('die', 1_000));
    const late = entry('start', limits.fleet.eventHistoryMs + 1);
    expect(remember(history, late)).toEqual([entry('die', 1_000), late]);
  });

  it('is bounded, ordered, free of doubles, and the same in whatever order entries come', () => {
    const anyEntry = fc
      .tuple(fc.constantFrom('start' as const, 'die' as const, 'oom' as const), fc.nat(900_000))
      .map(([action, ms]) => entry(action, ms));
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 150 }), fc.infiniteStream(fc.nat()), (entries, order) => {
        const shuffled = entries
          .map((value) => ({ value, key: order.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ value }) => value);
        const history = entries.reduce<readonly HistoryEntry[]>(remember, []);
        expect(shuffled.reduce<readonly HistoryEntry[]>(remember, [])).toEqual(history);
        expect(history.length).toBeLessThanOrEqual(limits.fleet.historyPerContainer);
        expect(history.map(({ at }) => at)).toEqual(history.map(({ at }) => at).toSorted((a, b) => a - b));
        expect(new Set(history.map(({ action, at }) => `${action} ${at}`)).size).toBe(history.length);
      }),
    );
  });
});

describe('rememberCount', () => {
  it('stretches what is seen again and forgets what is past the window', () => {
    const seen = rememberCount(rememberCount(rememberCount([], 1, 1_000), 1, 2_000), 4, 3_000);
    expect(seen).toEqual([
      { count: 1, from: 1_000, to: 2_000 },
      { count: 4, from: 3_000, to: 3_000 },
    ]);
    const later = limits.fleet.eventHistoryMs + 2_500;
    expect(rememberCount(seen, 5, later)).toEqual([
      { count: 4, from: 3_000, to: 3_000 },
      { count: 5, from: later, to: later },
    ]);
  });
});
