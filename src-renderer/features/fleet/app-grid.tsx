import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type CSSProperties,
  type Ref,
  type RefObject,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import type { AppKey } from '../../store/fleet-state.ts';
import { AppCard } from './app-card.tsx';
import css from './app-grid.module.css';
import { Section } from './section.tsx';

/** What the keyboard needs of the grid. */
export interface GridHandle {
  columns(): number;
  /** Brings the card of that place in the order into view. */
  scrollTo(index: number): void;
}

interface AppGridProps {
  readonly ref: Ref<GridHandle>;
  /** What scrolls, the grid and all above it; null before it is there. */
  readonly scroller: HTMLElement | null;
  readonly apps: readonly AppKey[];
  /** Every host is seen: nothing stands at the end as unknown. */
  readonly settled: boolean;
}

/** Pixels; the card's are in its style sheet, and have to be the same. */
const CARD_HEIGHT = 154;
const GAP = 12;
const NARROWEST = 240;

/** The cards of all apps. Only the rows in view are drawn: a fleet of a thousand apps costs as much as one of twenty. */
export function AppGrid({ ref, scroller, apps, settled }: AppGridProps) {
  const area = useRef<HTMLDivElement>(null);
  const { columns, top } = useMeasures(scroller, area);
  const rows = Math.ceil(apps.length / columns);
  const grid = useVirtualizer<HTMLElement, HTMLDivElement>({
    count: rows,
    getScrollElement: () => scroller,
    estimateSize: () => CARD_HEIGHT + GAP,
    scrollMargin: top,
    scrollPaddingStart: GAP,
    scrollPaddingEnd: GAP,
    overscan: 2,
  });
  useImperativeHandle(
    ref,
    () => ({ columns: () => columns, scrollTo: (index) => grid.scrollToIndex(Math.floor(index / columns)) }),
    [grid, columns],
  );
  const shown = grid.getVirtualItems();
  const first = (shown[0]?.index ?? 0) * columns;
  const last = ((shown.at(-1)?.index ?? -1) + 1) * columns;
  return (
    <Section title="Apps" note={settled ? 'worst first' : 'worst first, unknown last'}>
      <div className={css.area} ref={area} style={{ height: Math.max(0, rows * (CARD_HEIGHT + GAP) - GAP) }}>
        <ul className={css.cards}>
          {apps.slice(first, last).map((key, index) => (
            <li key={key} style={placeOf(first + index, columns)}>
              <AppCard appKey={key} />
            </li>
          ))}
        </ul>
      </div>
    </Section>
  );
}

function placeOf(index: number, columns: number): CSSProperties {
  const share = `(100% + ${GAP}px) / ${columns}`;
  return {
    top: Math.floor(index / columns) * (CARD_HEIGHT + GAP),
    left: `calc(${share} * ${index % columns})`,
    width: `calc(${share} - ${GAP}px)`,
  };
}

/** How many cards stand side by side, and how far the grid begins below the top of what scrolls. */
function useMeasures(scroller: HTMLElement | null, area: RefObject<HTMLDivElement | null>) {
  const [measures, setMeasures] = useState({ columns: 1, top: 0 });
  useLayoutEffect(() => {
    const outer = scroller;
    const inner = area.current;
    if (outer === null || inner === null) return;
    const measure = () => {
      const columns = Math.max(1, Math.floor((inner.clientWidth + GAP) / (NARROWEST + GAP)));
      const top = Math.round(inner.getBoundingClientRect().top - outer.getBoundingClientRect().top + outer.scrollTop);
      setMeasures((before) => (before.columns === columns && before.top === top ? before : { columns, top }));
    };
    measure();
    // What stands above the grid grows and shrinks: each of it is watched, and who comes and goes.
    const sizes = new ResizeObserver(measure);
    const watch = () => {
      sizes.disconnect();
      for (const child of outer.children) sizes.observe(child);
    };
    watch();
    const children = new MutationObserver(watch);
    children.observe(outer, { childList: true });
    return () => {
      sizes.disconnect();
      children.disconnect();
    };
  }, [scroller, area]);
  return measures;
}
