import { expect, test } from 'vitest';
import type { LogLine } from '#contract/logs.ts';
import { LogRing } from './log-ring.ts';
import { LogSearch } from './log-search.ts';

const line = (text: string): LogLine => ({ stream: 'stdout', time: null, text, cut: false });
const ringOf = (...texts: string[]) => {
  const many = Number.MAX_SAFE_INTEGER;
  const ring = new LogRing({ following: { lines: 5, bytes: many }, paused: { lines: 9, bytes: many } });
  ring.push(texts.map(line));
  return ring;
};

test('finds in what is there and in what comes, a bounded number of lines a step', () => {
  const ring = ringOf('a pool', 'b', 'POOL \u001b[31mc');
  const search = new LogSearch(ring);
  search.set('pool');
  const steps = [search.step(2), search.found.count, search.step(2), search.found.count];
  ring.push([line('po\u001b[31mol')]);
  steps.push(search.step(2), search.found.count);
  expect(steps).toEqual([true, 1, false, 2, false, 3]);
});

test('goes from match to match and round, first to the nearest', () => {
  const search = new LogSearch(ringOf('x', 'b', 'x', 'b', 'x'));
  search.set('x');
  search.step(10);
  const ids = [search.move(1, 1), search.move(1, 0), search.move(1, 0), search.move(-1, 0)];
  expect({ ids, found: search.found }).toEqual({ ids: [2, 4, 0, 4], found: { count: 3, position: 3 } });
});

test('beyond the last match the first step goes to the last', () => {
  const search = new LogSearch(ringOf('x', 'x', 'b'));
  search.set('x');
  search.step(10);
  expect(search.move(1, 2)).toBe(1);
});

test('forgets lines that were let go', () => {
  const ring = ringOf('x', 'b', 'x');
  const search = new LogSearch(ring);
  search.set('x');
  search.step(10);
  search.move(1, 0);
  ring.push(['x', 'b', 'b'].map(line));
  search.step(10);
  expect({ found: search.found, next: search.move(1, 0) }).toEqual({ found: { count: 2, position: null }, next: 2 });
});

test.each(['a.c', '(', '[x]', '\\', '^a$', 'a/b', '{1}', 'x|y', '-', 'ß', '\ud800'])(
  '%j is looked for as it is written',
  (text) => {
    const search = new LogSearch(ringOf(`before ${text.toWellFormed()} after`, 'nothing abc'));
    search.set(text);
    search.step(10);
    expect(search.found.count).toBe(1);
  },
);

test('what it found in one line does not move where the next is marked', () => {
  const search = new LogSearch(ringOf('far behind: x', 'x'));
  search.set('x');
  search.step(10);
  expect([...'x'.matchAll(search.pattern ?? /never/g)].length).toBe(1);
});

test('nothing is searched for: nothing is found', () => {
  const search = new LogSearch(ringOf('x'));
  search.set('x');
  search.step(10);
  search.set('');
  expect({ more: search.step(10), found: search.found, pattern: search.pattern }).toEqual({
    more: false,
    found: { count: 0, position: null },
    pattern: null,
  });
});
