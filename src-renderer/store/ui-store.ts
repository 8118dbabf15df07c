import { createStore } from 'zustand/vanilla';
import type { ActionRequest, LockedAction } from '#contract/actions.ts';
import type { AppKey } from './fleet-state.ts';

/** What the keyboard can stand on, named so that rows and cards never share a name. */
export type ItemKey = `host:${string}` | `container:${string}` | `app:${string}`;

/** The page of a host; made by `hostRoute`. */
export type HostRoute = `host/${string}`;
export type Route = 'fleet' | 'journal' | 'settings' | HostRoute;

export function hostRoute(hostId: string): HostRoute {
  return `host/${hostId}`;
}

/** The host whose page it is; null: it is another page. */
export function hostOfRoute(route: Route): string | null {
  return route.startsWith('host/') ? route.slice('host/'.length) : null;
}

/** An action that a protected container needs an unlock for. */
export interface LockedRequest {
  readonly action: LockedAction;
  readonly hostId: string;
  readonly containerId: string;
}

/** What lies over the page. */
export type Sheet =
  | { readonly kind: 'app'; readonly app: AppKey }
  | { readonly kind: 'logs'; readonly containerKey: string }
  /** `target`: what is filled in, and tried at once. */
  | { readonly kind: 'add-host'; readonly target?: string; readonly identityFiles?: readonly string[] }
  /** A saved host, tried step by step. */
  | { readonly kind: 'test-host'; readonly hostId: string }
  | { readonly kind: 'question'; readonly questionId: string }
  /** What an action would do, to be confirmed. */
  | { readonly kind: 'plan'; readonly request: ActionRequest }
  /** A protected container, before it is acted upon. */
  | { readonly kind: 'unlock'; readonly request: LockedRequest }
  /** Whether a host may be changed; `wanted` is what was asked for when it might not. */
  | { readonly kind: 'allow'; readonly hostId: string; readonly wanted?: ActionRequest }
  /** What was done, and is being done; `run` is the one that is meant. */
  | { readonly kind: 'runs'; readonly run?: string }
  | { readonly kind: 'palette' }
  | { readonly kind: 'keys' };

type AppTab = 'containers' | 'timeline';

/** A way on from short news. */
export interface Offer {
  readonly label: string;
  readonly goes: { readonly route: Route } | { readonly sheet: Sheet };
}

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly offer: Offer | null;
}

export interface UiState {
  readonly route: Route;
  /** Where `back` leads from the page of a host. */
  readonly cameFrom: Exclude<Route, HostRoute>;
  /** As typed; what it means is in `features/fleet/filter.ts`. */
  readonly filter: string;
  /** The row or card the keyboard is on; null: none. */
  readonly selected: ItemKey | null;
  /** The last one is shown; closing it shows the one before. */
  readonly sheets: readonly Sheet[];
  /** Short news at the bottom of the window; null: none. */
  readonly toast: Toast | null;
  /** Which part of an app's sheet is shown; of another app it is the first. */
  readonly appTab: { readonly app: AppKey; readonly tab: AppTab } | null;
  /** Runs whose end was looked at; those that are forgotten are left in it no longer than that. */
  readonly seenRuns: ReadonlySet<string>;
  go(route: Route): void;
  /** From the page of a host to the one it was opened from; does nothing elsewhere. */
  back(): void;
  setFilter(filter: string): void;
  select(item: ItemKey | null): void;
  openSheet(sheet: Sheet): void;
  /** Opens it in the place of all that lie over the page. */
  replaceSheets(sheet: Sheet): void;
  /** Opens it in the place of `sheet`, above what lies under that one. Does nothing where that is gone already. */
  swapSheet(sheet: Sheet, next: Sheet): void;
  /** That one and no other: who asks late finds it gone already. */
  closeSheet(sheet: Sheet): void;
  closeAll(): void;
  /** `offer`: what a button beside it does. */
  say(text: string, offer?: Offer): void;
  hush(): void;
  showTab(app: AppKey, tab: AppTab): void;
  setSeenRuns(runs: ReadonlySet<string>): void;
}

function isHostRoute(route: Route): route is HostRoute {
  return hostOfRoute(route) !== null;
}

export function createUiStore() {
  let toasts = 0;
  return createStore<UiState>()((set) => ({
    route: 'fleet',
    cameFrom: 'fleet',
    filter: '',
    selected: null,
    sheets: [],
    toast: null,
    appTab: null,
    seenRuns: new Set(),
    go: (route) =>
      set(({ route: before, cameFrom }) => ({
        route,
        cameFrom: hostOfRoute(route) === null || isHostRoute(before) ? cameFrom : before,
        sheets: [],
      })),
    back: () => set(({ route, cameFrom }) => (isHostRoute(route) ? { route: cameFrom, sheets: [] } : {})),
    setFilter: (filter) => set({ filter }),
    select: (selected) => set({ selected }),
    openSheet: (sheet) => set(({ sheets }) => ({ sheets: [...sheets, sheet] })),
    replaceSheets: (sheet) => set({ sheets: [sheet] }),
    swapSheet: (sheet, next) => set(({ sheets }) => ({ sheets: sheets.map((one) => (one === sheet ? next : one)) })),
    closeSheet: (sheet) => set(({ sheets }) => ({ sheets: sheets.filter((one) => one !== sheet) })),
    closeAll: () => set({ sheets: [] }),
    say: (text, offer) => {
      toasts += 1;
      set({ toast: { id: toasts, text, offer: offer ?? null } });
    },
    hush: () => set({ toast: null }),
    showTab: (app, tab) => set({ appTab: { app, tab } }),
    setSeenRuns: (seenRuns) => set({ seenRuns }),
  }));
}

export const uiStore = createUiStore();
