import { IconDots } from '@tabler/icons-react';
import { useId, useRef, useState } from 'react';
import { Button } from './button.tsx';
import css from './menu.module.css';

export interface MenuItem {
  readonly key: string;
  readonly label: string;
  /** Why it cannot be done now, as a sentence. It can be chosen all the same, and then says what to do about it. */
  readonly why?: string | null;
  readonly onChoose: () => void;
}

interface MenuProps {
  /** What it is about, for screen readers: `More for api`. */
  readonly label: string;
  readonly items: readonly MenuItem[];
}

const GAP = 4;
/** More than any menu here needs; where there is less room under it, it opens upwards. */
const ROOM = 220;

/**
 * A button that opens a few further things to do. The browser gives it its layer above all sheets, closes it on Escape
 * and on a click elsewhere, and gives the focus back; the keys in it are those of every menu.
 */
export function Menu({ label, items }: MenuProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const menu = useRef<HTMLDivElement>(null);
  return (
    <span className={css.trigger}>
      <Button
        look="quiet"
        size="small"
        aria-label={label}
        title="More"
        aria-haspopup="menu"
        aria-expanded={open}
        popoverTarget={id}
        data-mantine-stop-propagation={open || undefined}
      >
        <IconDots size={16} stroke={1.75} aria-hidden="true" />
      </Button>
      <div
        ref={menu}
        id={id}
        className={css.menu}
        popover="auto"
        role="menu"
        aria-label={label}
        onBeforeToggle={(event) => {
          const opens = event.nativeEvent.newState === 'open';
          const { currentTarget: shown } = event;
          if (opens) place(shown);
          // Its items go with it: the browser would find nothing to take the focus back from.
          else if (shown.contains(document.activeElement)) buttonOf(shown)?.focus();
          setOpen(opens);
        }}
        onToggle={(event) => {
          // Not before: what is not shown yet takes no focus.
          if (event.nativeEvent.newState === 'open') event.currentTarget.querySelector('button')?.focus();
        }}
        onKeyDown={(event) => {
          // Its keys are not the page's; a sheet under it listens before it, and is told by the attribute of the items.
          event.stopPropagation();
          if (event.key === 'Tab') event.currentTarget.hidePopover();
          else if (walk(event.currentTarget, event.key)) event.preventDefault();
        }}
      >
        {open &&
          items.map(({ key, label: words, why = null, onChoose }) => (
            <button
              key={key}
              type="button"
              role="menuitem"
              tabIndex={-1}
              className={css.item}
              aria-disabled={why === null ? undefined : true}
              data-mantine-stop-propagation="true"
              onClick={() => {
                menu.current?.hidePopover();
                onChoose();
              }}
            >
              {words}
              {why !== null && <span className={css.why}>{why}</span>}
            </button>
          ))}
      </div>
    </span>
  );
}

function buttonOf(menu: HTMLElement): HTMLElement | null {
  const before = menu.previousElementSibling;
  return before instanceof HTMLElement ? before : null;
}

/** At its button's right edge, under it where there is room. */
function place(menu: HTMLElement): void {
  const button = buttonOf(menu)?.getBoundingClientRect();
  if (button === undefined) return;
  const under = window.innerHeight - button.bottom >= ROOM;
  menu.style.right = `${window.innerWidth - button.right}px`;
  menu.style.top = under ? `${button.bottom + GAP}px` : 'auto';
  menu.style.bottom = under ? 'auto' : `${window.innerHeight - button.top + GAP}px`;
}

/** @returns whether the key was one of the menu's */
function walk(menu: HTMLElement, key: string): boolean {
  const items: readonly (Element | null)[] = [...menu.querySelectorAll('button')];
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[key];
  if (to === undefined) return false;
  const next = items.at(to % items.length);
  if (next instanceof HTMLElement) next.focus();
  return true;
}
