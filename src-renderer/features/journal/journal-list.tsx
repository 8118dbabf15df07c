import { useCallback, useMemo, useRef, useState } from 'react';
import type { JournalEntry } from '#contract/journal.ts';
import type { CallProblem } from '../../client/call-problem.ts';
import { byDay, dayWords } from '../../lib/day.ts';
import { Button } from '../../ui/button.tsx';
import { type ListVirtualizer, VirtualList } from '../../ui/virtual-list.tsx';
import css from './journal-list.module.css';
import { heldBack } from './journal-pages.ts';
import { JournalRow } from './journal-row.tsx';
import type { JournalReading } from './journal-session.ts';
import { useJournalKeys } from './use-journal-keys.ts';

interface JournalListProps {
  readonly reading: Extract<JournalReading, { state: 'known' }>;
  readonly today: string;
  readonly onOlder: () => void;
  /** Something lies over the page, and the keys are for it. */
  readonly resting: boolean;
}

type Item =
  | { readonly kind: 'day'; readonly key: string; readonly words: string }
  | { readonly kind: 'entry'; readonly entry: JournalEntry }
  | { readonly kind: 'end' };

const ROW_PX = 38;
/** Read on before the end comes into view. */
const AHEAD_PX = 800;
const AT_TOP_PX = 4;

/** The entries, newest first, under the day each is of. It holds still while something in it is read. */
export function JournalList({ reading, today, onOlder, resting }: JournalListProps) {
  const { entries, next } = reading.pages;
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const [at, setAt] = useState<number | null>(null);
  const [heldAt, setHeldAt] = useState<number | null>(null);
  const list = useRef<ListVirtualizer | null>(null);
  const scrolled = useRef(false);
  const newest = entries[0]?.seq ?? null;

  const { shown, waiting } = heldBack(entries, heldAt);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shown` is made of these two
  const items = useMemo(() => itemsOf(shown, today), [entries, heldAt, today]);
  const first = shown[0]?.seq ?? null;

  const hold = useCallback((still: boolean) => setHeldAt((held) => (still ? (held ?? newest) : null)), [newest]);
  const onToggle = useCallback(
    (seq: number) => {
      const next = new Set(open);
      if (!next.delete(seq)) next.add(seq);
      setOpen(next);
      hold(scrolled.current || next.size > 0);
    },
    [open, hold],
  );
  const onScroll = (element: HTMLElement) => {
    const { scrollTop, scrollHeight, clientHeight } = element;
    scrolled.current = scrollTop > AT_TOP_PX;
    hold(scrolled.current || open.size > 0);
    if (scrollHeight - clientHeight - scrollTop < AHEAD_PX && reading.older === 'idle') onOlder();
  };
  const toNewest = () => {
    setOpen(new Set());
    setHeldAt(null);
    list.current?.scrollToOffset(0);
  };
  const onReady = useCallback((ready: ListVirtualizer) => {
    list.current = ready;
  }, []);

  useJournalKeys({ seqs: shown, at, setAt, list, resting, indexOf: (seq) => indexOf(items, seq) });

  return (
    <div className={css.box}>
      <VirtualList
        count={items.length}
        rowHeight={ROW_PX}
        measured
        rowKey={(index) => keyOf(items[index])}
        label="Entries, newest first"
        onReady={onReady}
        onScroll={onScroll}
        renderRow={(index) => {
          const item = items[index];
          if (item === undefined) return null;
          if (item.kind === 'day') return <h2 className={css.day}>{item.words}</h2>;
          if (item.kind === 'end') return <End next={next} older={reading.older} onOlder={onOlder} />;
          const { seq } = item.entry;
          return (
            <JournalRow
              entry={item.entry}
              open={open.has(seq)}
              tabbable={at === null ? seq === first : seq === at}
              onToggle={onToggle}
              onStand={setAt}
            />
          );
        }}
      />
      {waiting > 0 && (
        <button type="button" className={css.pill} onClick={toNewest}>
          {waiting} new
        </button>
      )}
    </div>
  );
}

function itemsOf(entries: readonly JournalEntry[], today: string): readonly Item[] {
  const seen = new Map<string, number>();
  const rows = byDay(entries).flatMap(({ day, entries: ofDay }): Item[] => {
    const times = (seen.get(day) ?? 0) + 1;
    seen.set(day, times);
    return [
      { kind: 'day', key: `${day} ${times}`, words: dayWords(day, today) },
      ...ofDay.map((entry): Item => ({ kind: 'entry', entry })),
    ];
  });
  return [...rows, { kind: 'end' }];
}

function keyOf(item: Item | undefined): string | number {
  if (item?.kind === 'entry') return item.entry.seq;
  return item?.kind === 'day' ? item.key : 'end';
}

function indexOf(items: readonly Item[], seq: number): number {
  return items.findIndex((item) => item.kind === 'entry' && item.entry.seq === seq);
}

interface EndProps {
  readonly next: number | null;
  readonly older: 'idle' | 'loading' | { readonly problem: CallProblem };
  readonly onOlder: () => void;
}

/** What stands below the last entry. */
function End({ next, older, onOlder }: EndProps) {
  if (next === null) return <p className={css.end}>Nothing is older than this.</p>;
  return (
    <div className={css.end}>
      {typeof older === 'object' && (
        <p role="alert">
          {older.problem.message} {older.problem.hint}
        </p>
      )}
      <Button size="small" busy={older === 'loading'} onClick={onOlder}>
        Show older
      </Button>
    </div>
  );
}
