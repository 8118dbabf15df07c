import { useEffect, useId, useMemo, useRef, useState } from 'react';
import { act } from '../store/act.ts';
import { fleetStore } from '../store/fleet-store.ts';
import { useUi } from '../store/hooks.ts';
import { uiStore } from '../store/ui-store.ts';
import { Dialog } from '../ui/dialog.tsx';
import css from './palette.module.css';
import { type PaletteItem, paletteItems, searchItems } from './palette-items.ts';

/** Go to anything by its name. What can be gone to is as it was when it was opened: nothing moves under the hand. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const items = useMemo(() => paletteItems(fleetStore.getState()), []);
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState(0);
  const go = useGo();
  const listId = useId();
  const found = useMemo(() => searchItems(items, typed), [items, typed]);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector(`[data-index="${active}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [active]);

  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && found.length > 0) {
      event.preventDefault();
      setActive((active + step + found.length) % found.length);
    }
    const item = found[active];
    if (event.key === 'Enter' && item !== undefined) go(item);
  };

  return (
    <Dialog label="Go to" place="top" onClose={onClose}>
      <input
        className={css.input}
        data-autofocus
        // At once, and not a moment later as the dialog does it: what is typed meanwhile would be lost.
        autoFocus
        role="combobox"
        aria-label="Go to"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={found[active] === undefined ? undefined : `${listId}-${active}`}
        placeholder="Go to a host, an app, a container or a page"
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div className={css.list} ref={list} role="listbox" id={listId} aria-label="Results" tabIndex={-1}>
        {found.map((item, index) => (
          <button
            type="button"
            key={item.key}
            id={`${listId}-${index}`}
            className={css.item}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            data-index={index}
            onClick={() => go(item)}
            onMouseMove={() => setActive(index)}
          >
            <span className={css.label}>{item.label}</span>
            <span className={css.detail}>{item.detail}</span>
            <span className={css.kind}>{item.kind}</span>
          </button>
        ))}
      </div>
      {found.length === 0 && <p className={css.none}>Nothing of that name. Try fewer letters.</p>}
    </Dialog>
  );
}

/** Each takes the place of the palette, and of what lies under it. */
function useGo(): (item: PaletteItem) => void {
  const route = useUi((state) => state.go);
  const open = useUi((state) => state.replaceSheets);
  const close = useUi((state) => state.closeAll);
  return ({ goes }) => {
    if ('route' in goes) return route(goes.route);
    if ('sheet' in goes) return open(goes.sheet);
    act(goes.acts, open);
    // Where there was nothing to open, it was said why.
    if (uiStore.getState().sheets.at(-1)?.kind === 'palette') close();
  };
}
