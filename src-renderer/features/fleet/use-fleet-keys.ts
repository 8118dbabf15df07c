import { type RefObject, useEffect } from 'react';
import type { ActionRequest } from '#contract/actions.ts';
import { type KeyCommand, keyCommand, keyPress } from '../../lib/keyboard.ts';
import { act, appRequest, containerRequest } from '../../store/act.ts';
import { fleetStore } from '../../store/fleet-store.ts';
import { isForPage } from '../../store/page-keys.ts';
import { type ItemKey, uiStore } from '../../store/ui-store.ts';
import type { GridHandle } from './app-grid.tsx';
import { leadOf } from './card-facts.ts';
import { itemsOf, stepFrom } from './items.ts';
import type { Found } from './use-found.ts';

interface FleetKeys {
  readonly found: Found;
  readonly scroller: HTMLElement | null;
  readonly grid: RefObject<GridHandle | null>;
  readonly filterField: RefObject<HTMLInputElement | null>;
}

/** The keys of the fleet page; Enter is the button's own. They rest while a sheet lies over the page. */
export function useFleetKeys({ found, scroller, grid, filterField }: FleetKeys): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const command = keyCommand(keyPress(event));
      const { selected, filter, setFilter, openSheet } = uiStore.getState();
      if (command === null || !isForPage(event)) return;
      if (command === 'filter') {
        event.preventDefault();
        filterField.current?.focus();
        filterField.current?.select();
      } else if (command === 'escape' && filter !== '') {
        setFilter('');
      } else if (command === 'logs') {
        const containerKey = containerOf(selected);
        if (containerKey !== null) openSheet({ kind: 'logs', containerKey });
      } else if (command === 'restart') {
        const request = event.repeat ? null : restartOf(selected);
        if (request !== null) act(request);
      } else if (isStep(command) && mayStep(command, event.target)) {
        const rows = scroller?.querySelectorAll('[data-item^="container:"]').length ?? 0;
        const to = stepFrom(itemsOf(found, rows), selected, command, grid.current?.columns() ?? 1);
        if (to === null) return;
        event.preventDefault();
        moveTo(to, found, scroller, grid.current);
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [found, scroller, grid, filterField]);
}

type Step = Extract<KeyCommand, 'next' | 'previous' | 'right' | 'left' | 'down' | 'up'>;

function isStep(command: KeyCommand): command is Step {
  return ['next', 'previous', 'right', 'left', 'down', 'up'].includes(command);
}

/** Letters walk from anywhere; arrows only from a row or card, so that they go on scrolling elsewhere. */
function mayStep(step: Step, target: EventTarget | null): boolean {
  if (step === 'next' || step === 'previous') return true;
  return target instanceof HTMLElement && target.dataset.item !== undefined;
}

function moveTo(item: ItemKey, found: Found, scroller: HTMLElement | null, grid: GridHandle | null): void {
  uiStore.getState().select(item);
  const focus = () => scroller?.querySelector<HTMLElement>(`[data-item="${CSS.escape(item)}"]`)?.focus();
  const index = item.startsWith('app:') ? found.apps.indexOf(item.slice('app:'.length)) : -1;
  if (index >= 0) grid?.scrollTo(index);
  focus();
  // A card that was out of view is drawn with the next frame.
  if (document.activeElement instanceof HTMLElement && document.activeElement.dataset.item === item) return;
  requestAnimationFrame(() => requestAnimationFrame(focus));
}

/** A restart of what the keyboard stands on: a row's container, a card's app. */
function restartOf(selected: string | null): ActionRequest | null {
  const { apps, containers } = fleetStore.getState();
  if (selected?.startsWith('container:')) {
    const container = containers.get(selected.slice('container:'.length));
    return container === undefined || container.id === '' ? null : containerRequest(container, 'container.restart');
  }
  const app = selected?.startsWith('app:') ? apps.get(selected.slice('app:'.length)) : undefined;
  return app === undefined ? null : appRequest(app);
}

/** The container whose logs are meant by what the keyboard stands on. */
function containerOf(selected: string | null): string | null {
  if (selected?.startsWith('container:')) return selected.slice('container:'.length);
  if (!selected?.startsWith('app:')) return null;
  const app = fleetStore.getState().apps.get(selected.slice('app:'.length));
  return app === undefined ? null : (leadOf(app)?.key ?? null);
}
