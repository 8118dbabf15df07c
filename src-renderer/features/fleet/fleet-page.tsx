import { useEffect, useMemo, useRef, useState } from 'react';
import { useConnection, useFleet, useHosts, useUi } from '../../store/hooks.ts';
import { isSeen } from '../../store/troubled.ts';
import { uiStore } from '../../store/ui-store.ts';
import { AppGrid, type GridHandle } from './app-grid.tsx';
import { AttentionList } from './attention-list.tsx';
import { parseFilter } from './filter.ts';
import { FleetHeader } from './fleet-header.tsx';
import css from './fleet-page.module.css';
import { NothingFound, NothingThere, NotYet } from './fleet-states.tsx';
import { itemsOf } from './items.ts';
import { useFleetKeys } from './use-fleet-keys.ts';
import { type Found, useFound } from './use-found.ts';

/** Is everything green? And where it is not, what is wrong and where. */
export function FleetPage() {
  const connection = useConnection();
  const known = useFleet((state) => state.seq !== null);
  const filterText = useUi((state) => state.filter);
  const filter = useMemo(() => parseFilter(filterText), [filterText]);
  const found = useFound(filter);
  const hosts = useHosts();
  const containers = useFleet((state) => state.containers.size);
  // A state, and not a ref: what stands in it measures it, and is drawn before it.
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const grid = useRef<GridHandle>(null);
  const filterField = useRef<HTMLInputElement>(null);
  useSelectionThatIsThere(found);
  useFleetKeys({ found, scroller, grid, filterField });

  if (!known) return <NotYet connection={connection} />;
  const nothing = found.hosts.length + found.troubled.length + found.apps.length === 0;
  return (
    <main className={css.page} aria-label="Fleet" data-faded={connection.state === 'lost' || undefined}>
      <FleetHeader filterField={filterField} />
      <div className={css.content} ref={setScroller}>
        {filterText !== '' && nothing && <NothingFound filter={filterText} />}
        <AttentionList hosts={found.hosts} troubled={found.troubled} />
        {containers === 0 && filterText === '' && <NothingThere hosts={hosts} />}
        {found.apps.length > 0 && (
          <AppGrid ref={grid} scroller={scroller} apps={found.apps} settled={hosts.every(isSeen)} />
        )}
      </div>
    </main>
  );
}

/** What the keyboard stood on may be gone, or filtered away: then it stands nowhere, and every row can be tabbed to again. */
function useSelectionThatIsThere(found: Found): void {
  useEffect(() => {
    const { selected, select } = uiStore.getState();
    if (selected !== null && !itemsOf(found, found.troubled.length).includes(selected)) select(null);
  }, [found]);
}
