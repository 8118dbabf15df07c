import type { Rectangle } from 'electron';
import { z } from 'zod';
import type { Home } from '../../home/home.ts';

/** How the window stood when it was last closed. */
export interface WindowState {
  /** Pixels of the screen, as it is when it is not maximized; null: where the system puts it. */
  readonly bounds: Rectangle | null;
  readonly maximized: boolean;
}

export const WINDOW_SIZE = { width: 1280, height: 800, minWidth: 900, minHeight: 600 } as const;
const FIRST: WindowState = { bounds: null, maximized: false };

const pixel = z.int().min(-100_000).max(100_000);
const size = z.int().min(1).max(100_000);
const Saved = z.object({
  bounds: z.object({ x: pixel, y: pixel, width: size, height: size }),
  maximized: z.boolean(),
});

export interface WindowStateStore {
  /** Fitted to the displays that are there. A file that is missing, broken or not to be read is as if there were none. */
  read(workAreas: readonly Rectangle[]): WindowState;
  /** Best effort: where the window stood is nothing to bother anybody with. */
  write(state: WindowState): void;
}

/** `window.json` in the home. Loaded late and aside: its library takes a tenth of a second. */
export async function openWindowState({ path }: Home): Promise<WindowStateStore> {
  const store = await openStore(path).catch(() => null);
  return {
    read(workAreas) {
      const saved = Saved.safeParse(store?.store);
      return saved.success ? fitToDisplays(saved.data, workAreas) : FIRST;
    },
    write({ bounds, maximized }) {
      try {
        if (store !== null) store.store = { bounds, maximized };
      } catch {
        // See above.
      }
    },
  };
}

async function openStore(folder: string) {
  const { default: Store } = await import('electron-store');
  return new Store<Record<string, unknown>>({
    cwd: folder,
    name: 'window',
    configFileMode: 0o600,
    clearInvalidConfig: true,
    accessPropertiesByDotNotation: false,
  });
}

/**
 * The state with its bounds inside the display it overlaps most, smaller where that is smaller. The display it stood on
 * may be unplugged; then the system places it.
 */
export function fitToDisplays(state: WindowState, workAreas: readonly Rectangle[]): WindowState {
  const { bounds } = state;
  if (bounds === null) return state;
  const [best] = workAreas
    .map((area) => ({ area, shared: overlap(bounds, area) }))
    .filter(({ shared }) => shared > 0)
    .sort((a, b) => b.shared - a.shared);
  if (best === undefined) return { ...state, bounds: null };
  const { area } = best;
  const width = Math.min(Math.max(bounds.width, WINDOW_SIZE.minWidth), area.width);
  const height = Math.min(Math.max(bounds.height, WINDOW_SIZE.minHeight), area.height);
  return {
    ...state,
    bounds: {
      x: clamp(bounds.x, area.x, area.x + area.width - width),
      y: clamp(bounds.y, area.y, area.y + area.height - height),
      width,
      height,
    },
  };
}

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

function overlap(a: Rectangle, b: Rectangle): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}
