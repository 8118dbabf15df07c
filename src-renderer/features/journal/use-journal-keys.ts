import { type RefObject, useEffect } from 'react';
import type { JournalEntry } from '#contract/journal.ts';
import { keyCommand, keyPress } from '../../lib/keyboard.ts';
import { isForPage } from '../../store/page-keys.ts';
import type { ListVirtualizer } from '../../ui/virtual-list.tsx';

interface JournalKeys {
  readonly seqs: readonly Pick<JournalEntry, 'seq'>[];
  /** Where the keyboard stands; null: nowhere yet. */
  readonly at: number | null;
  readonly setAt: (seq: number) => void;
  readonly list: RefObject<ListVirtualizer | null>;
  /** Place of an entry among the rows of the list. */
  readonly indexOf: (seq: number) => number;
  readonly resting: boolean;
}

/** `j` and `k` walk through the entries; Enter is the button's own. They rest while something lies over the page. */
export function useJournalKeys({ seqs, at, setAt, list, indexOf, resting }: JournalKeys): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const command = keyCommand(keyPress(event));
      if ((command !== 'next' && command !== 'previous') || resting || !isForPage(event)) return;
      const here = seqs.findIndex(({ seq }) => seq === at);
      const to = seqs[here < 0 ? 0 : here + (command === 'next' ? 1 : -1)]?.seq;
      if (to === undefined) return;
      event.preventDefault();
      setAt(to);
      const scroller = list.current?.scrollElement ?? null;
      list.current?.scrollToIndex(indexOf(to), { align: 'auto' });
      const focus = () => scroller?.querySelector<HTMLElement>(`[data-seq="${to}"]`)?.focus({ preventScroll: true });
      focus();
      // A row that was out of view is drawn with the next frame.
      if (document.activeElement instanceof HTMLElement && document.activeElement.dataset.seq === String(to)) return;
      requestAnimationFrame(() => requestAnimationFrame(focus));
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [seqs, at, setAt, list, indexOf, resting]);
}
