import type { JournalEntry } from '#contract/journal.ts';

/** A piece of the journal without a gap, newest first. */
export interface Pages {
  readonly entries: readonly JournalEntry[];
  /** Where the next older piece begins; null: there is none. */
  readonly next: number | null;
}

/** The newest piece, read anew, and below it what was read before, as far as nothing lies between them. */
export function withNewest(known: Pages | null, newest: Pages): Pages {
  const lowest = newest.entries.at(-1)?.seq;
  if (known === null || newest.next === null || lowest === undefined) return newest;
  const above = known.entries.some(({ seq }) => seq >= lowest);
  const older = above ? known.entries.filter(({ seq }) => seq < lowest) : [];
  return older.length === 0 ? newest : { entries: [...newest.entries, ...older], next: known.next };
}

export function withOlder(known: Pages, older: Pages): Pages {
  const lowest = known.entries.at(-1)?.seq ?? Number.POSITIVE_INFINITY;
  // The newest may have been read again, and more of it, while this was on its way.
  const fresh = older.entries.filter(({ seq }) => seq < lowest);
  return { entries: [...known.entries, ...fresh], next: older.next };
}

/** What is shown while the reader holds the list still at `heldAt`, the newest entry then, and how many wait above. */
export function heldBack(
  entries: readonly JournalEntry[],
  heldAt: number | null,
): { readonly shown: readonly JournalEntry[]; readonly waiting: number } {
  if (heldAt === null) return { shown: entries, waiting: 0 };
  const shown = entries.filter(({ seq }) => seq <= heldAt);
  return { shown, waiting: entries.length - shown.length };
}
