import { expect, test } from 'vitest';
import { entry } from './journal-entry.fixture.ts';
import { heldBack, type Pages, withNewest, withOlder } from './journal-pages.ts';

const pages = (seqs: readonly number[], next: number | null): Pages => ({
  entries: seqs.map((seq) => entry(seq)),
  next,
});
const seqs = ({ entries, next }: Pages) => [entries.map(({ seq }) => seq), next];

test('the newest goes above what is known, where the two meet', () => {
  expect([
    seqs(withNewest(null, pages([9, 8], 8))),
    seqs(withNewest(pages([7, 6, 5], 5), pages([9, 8, 7], 7))),
    // Of the ones between nothing is known: what comes below is read again.
    seqs(withNewest(pages([5, 4], 4), pages([9, 8, 7], 7))),
    // All there is.
    seqs(withNewest(pages([7, 6, 5], 5), pages([9, 8], null))),
    seqs(withNewest(pages([7, 6, 5], 5), pages([], null))),
  ]).toEqual([
    [[9, 8], 8],
    [[9, 8, 7, 6, 5], 5],
    [[9, 8, 7], 7],
    [[9, 8], null],
    [[], null],
  ]);
});

test('what changed is as the newest has it, and what the filter takes no more is gone', () => {
  const known: Pages = { entries: [entry(7, { outcome: 'open' }), entry(6), entry(5), entry(4)], next: 4 };
  const merged = withNewest(known, { entries: [entry(7), entry(5)], next: 5 });
  expect([merged.entries.map(({ seq, outcome }) => [seq, outcome]), merged.next]).toEqual([
    [
      [7, 'succeeded'],
      [5, 'succeeded'],
      [4, 'succeeded'],
    ],
    4,
  ]);
});

test('what is older goes below, and nothing twice', () => {
  expect(seqs(withOlder(pages([9, 8], 8), pages([8, 7, 6], null)))).toEqual([[9, 8, 7, 6], null]);
});

test('while the list is held still, what is new waits', () => {
  const entries = [entry(9), entry(8), entry(5)];
  const held = (at: number | null) => {
    const { shown, waiting } = heldBack(entries, at);
    return [shown.map(({ seq }) => seq), waiting];
  };
  expect([held(null), held(9), held(7)]).toEqual([
    [[9, 8, 5], 0],
    [[9, 8, 5], 0],
    [[5], 2],
  ]);
});
