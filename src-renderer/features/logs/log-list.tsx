import { useCallback, useEffect, useLayoutEffect, useRef } from 'react';
import { Kbd } from '../../ui/kbd.tsx';
import { type ListVirtualizer, VirtualList } from '../../ui/virtual-list.tsx';
import { LogRow } from './log-row.tsx';
import type { LogSession } from './log-session.ts';
import { waitingWords } from './log-words.ts';
import css from './logs.module.css';

const ROW_PX = 19;
/** Nearer to the end than this is at the end, in pixels: zoomed pages have fractions. */
const AT_END_PX = 4;

interface LogListProps {
  readonly session: LogSession;
  readonly wrap: boolean;
  readonly label: string;
  /** The list's handle, for what acts on the rows in view. */
  readonly list: React.RefObject<ListVirtualizer | null>;
}

/** The lines. It stays at the end until the reader scrolls up, and then stays put until they come back. */
export function LogList({ session, wrap, label, list }: LogListProps) {
  const { ring, search } = session;
  const { firstId } = ring;
  const following = session.reading.state === 'following';
  const { current, pattern } = search;
  const box = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);

  // A new function wherever ids moved: the list then asks again which row is which.
  const rowKey = useCallback((index: number) => firstId + index, [firstId]);
  const onReady = useCallback(
    (ready: ListVirtualizer) => {
      list.current = ready;
    },
    [list],
  );

  // Without dependencies: it is drawn when something came, was let go or wrapped, and each moves the end.
  useLayoutEffect(() => {
    if (following) list.current?.scrollToEnd();
  });
  useLayoutEffect(() => {
    if (following) return;
    list.current?.cancelScroll();
    // The event of a scroll that was under way comes after the pause: it is none of the reader's.
    lastTop.current = list.current?.scrollElement?.scrollTop ?? lastTop.current;
  }, [following, list]);

  useEffect(() => {
    if (current === null) return;
    const index = current - ring.firstId;
    if (index >= 0) list.current?.scrollToIndex(index, { align: 'auto' });
  }, [current, ring, list]);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const resized = new ResizeObserver(() => {
      if (session.reading.state === 'following') list.current?.scrollToEnd();
    });
    resized.observe(element);
    const onWheel = ({ deltaY }: WheelEvent) => {
      if (deltaY < 0 && lastTop.current > 0) session.pause();
    };
    const onKeyDown = ({ key }: KeyboardEvent) => {
      if (key === 'ArrowUp' || key === 'PageUp' || key === 'Home') session.pause();
    };
    element.addEventListener('wheel', onWheel, { passive: true });
    element.addEventListener('keydown', onKeyDown);
    return () => {
      resized.disconnect();
      element.removeEventListener('wheel', onWheel);
      element.removeEventListener('keydown', onKeyDown);
    };
  }, [session, list]);

  const onScroll = (element: HTMLElement) => {
    const { scrollTop, scrollHeight, clientHeight } = element;
    const left = scrollHeight - clientHeight - scrollTop;
    const down = scrollTop > lastTop.current;
    const up = scrollTop < lastTop.current;
    lastTop.current = scrollTop;
    // Where rows are measured the list itself moves; what the reader does is seen at the wheel and the keys.
    if (up && left > ROW_PX && !wrap) session.pause();
    else if (down && left <= AT_END_PX && session.reading.state === 'paused') session.follow();
  };

  const waiting = waitingWords(session.reading);
  return (
    <div ref={box} className={css.lines}>
      <VirtualList
        count={ring.size}
        rowHeight={ROW_PX}
        measured={wrap}
        rowKey={rowKey}
        renderRow={(index) => {
          const entry = ring.at(index);
          return entry && <LogRow entry={entry} pattern={pattern} current={entry.id === current} wrap={wrap} />;
        }}
        label={label}
        role="log"
        onReady={onReady}
        onScroll={onScroll}
      />
      {waiting !== null && (
        <button type="button" className={css.pill} onClick={() => session.follow()}>
          {waiting} <Kbd>End</Kbd>
        </button>
      )}
    </div>
  );
}
