import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import css from './virtual-list.module.css';

export type ListVirtualizer = Virtualizer<HTMLElement, HTMLDivElement>;

interface VirtualListProps {
  readonly count: number;
  /** Pixels; measured where `measured` is set, exact where it is not. */
  readonly rowHeight: number;
  readonly measured?: boolean;
  readonly rowKey: (index: number) => string | number;
  readonly renderRow: (index: number) => React.ReactNode;
  /** What the list is, for screen readers. */
  readonly label: string;
  /** `log`: rows are added at the end, and not read out. */
  readonly role?: 'region' | 'log';
  /** Is given the list's handle: to scroll to a row, or to know what is in view. */
  readonly onReady?: (list: ListVirtualizer) => void;
  readonly onScroll?: (element: HTMLElement) => void;
}

/** A list of any length that draws only what is in view. It fills its parent and scrolls by itself. */
export function VirtualList({
  count,
  rowHeight,
  measured = false,
  rowKey,
  renderRow,
  label,
  role = 'region',
  onReady,
  onScroll,
}: VirtualListProps) {
  const scroller = useRef<HTMLElement>(null);
  const list = useVirtualizer<HTMLElement, HTMLDivElement>({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: rowKey,
    overscan: 12,
  });
  useEffect(() => onReady?.(list), [list, onReady]);
  const rows = list.getVirtualItems();
  return (
    <section
      ref={scroller}
      className={css.scroller}
      role={role === 'log' ? 'log' : undefined}
      aria-live={role === 'log' ? 'off' : undefined}
      aria-label={label}
      tabIndex={0}
      onScroll={onScroll === undefined ? undefined : (event) => onScroll(event.currentTarget)}
    >
      <div className={css.canvas} style={{ height: list.getTotalSize() }}>
        <div className={css.window} style={{ transform: `translateY(${rows[0]?.start ?? 0}px)` }}>
          {rows.map((row) => (
            <div key={row.key} data-index={row.index} ref={measured ? list.measureElement : undefined}>
              {renderRow(row.index)}
            </div>
          ))}
        </div>
      </div>
    </section>
  );
}
