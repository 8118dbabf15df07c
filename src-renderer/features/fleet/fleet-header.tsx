import type { RefObject } from 'react';
import { useConnection, useUi } from '../../store/hooks.ts';
import { Kbd } from '../../ui/kbd.tsx';
import css from './fleet-header.module.css';
import { HostStrip } from './host-strip.tsx';
import { Sentence } from './sentence.tsx';

/** The sentence, the filter, and the hosts. */
export function FleetHeader({ filterField }: { readonly filterField: RefObject<HTMLInputElement | null> }) {
  const lost = useConnection().state === 'lost';
  return (
    <div className={css.header}>
      <div className={css.top}>
        <Sentence faded={lost} />
        <FilterField field={filterField} />
        <GoTo />
      </div>
      <HostStrip />
    </div>
  );
}

function FilterField({ field }: { readonly field: RefObject<HTMLInputElement | null> }) {
  const filter = useUi((state) => state.filter);
  const setFilter = useUi((state) => state.setFilter);
  return (
    <search className={css.filter}>
      <input
        ref={field}
        type="text"
        aria-label="Filter apps, containers, images, hosts and ports"
        placeholder="Filter"
        title="App, container, image, host or port; is:down, is:unchecked, is:stopped"
        autoComplete="off"
        spellCheck={false}
        value={filter}
        onChange={(event) => setFilter(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      <span className={css.key} aria-hidden="true">
        <Kbd>/</Kbd>
      </span>
    </search>
  );
}

function GoTo() {
  const open = useUi((state) => state.openSheet);
  return (
    <button type="button" className={css.goto} onClick={() => open({ kind: 'palette' })}>
      <span className={css.words}>Go to</span>
      <span aria-hidden="true">
        <Kbd>⌃K</Kbd>
      </span>
    </button>
  );
}
