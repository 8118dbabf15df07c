import { createStore } from 'zustand/vanilla';
import type { AppKey } from './fleet-state.ts';

/** What the keyboard can stand on, named so that rows and cards never share a name. */
export type ItemKey = `host:${string}` | `container:${string}` | `app:${string}`;

export type Route = 'fleet' | 'settings';

/** What lies over the page. */
export type Sheet =
  | { readonly kind: 'app'; readonly app: AppKey }
  | { readonly kind: 'host'; readonly hostId: string }
  | { readonly kind: 'logs'; readonly containerKey: string }
  | { readonly kind: 'add-host' }
  | { readonly kind: 'question'; readonly questionId: string }
  | { readonly kind: 'palette' }
  | { readonly kind: 'keys' };

export interface UiState {
  readonly route: Route;
  /** As typed; what it means is in `features/fleet/filter.ts`. */
  readonly filter: string;
  /** The row or card the keyboard is on; null: none. */
  readonly selected: ItemKey | null;
  /** The last one is shown; closing it shows the one before. */
  readonly sheets: readonly Sheet[];
  /** Short news at the bottom of the window; null: none. */
  readonly toast: { readonly id: number; readonly text: string } | null;
  go(route: Route): void;
  setFilter(filter: string): void;
  select(item: ItemKey | null): void;
  openSheet(sheet: Sheet): void;
  /** Opens it in the place of all that lie over the page. */
  replaceSheets(sheet: Sheet): void;
  /** That one and no other: who asks late finds it gone already. */
  closeSheet(sheet: Sheet): void;
  say(text: string): void;
  hush(): void;
}

export function createUiStore() {
  let toasts = 0;
  return createStore<UiState>()((set) => ({
    route: 'fleet',
    filter: '',
    selected: null,
    sheets: [],
    toast: null,
    go: (route) => set({ route, sheets: [] }),
    setFilter: (filter) => set({ filter }),
    select: (selected) => set({ selected }),
    openSheet: (sheet) => set(({ sheets }) => ({ sheets: [...sheets, sheet] })),
    replaceSheets: (sheet) => set({ sheets: [sheet] }),
    closeSheet: (sheet) => set(({ sheets }) => ({ sheets: sheets.filter((one) => one !== sheet) })),
    say: (text) => {
      toasts += 1;
      set({ toast: { id: toasts, text } });
    },
    hush: () => set({ toast: null }),
  }));
}

export const uiStore = createUiStore();
