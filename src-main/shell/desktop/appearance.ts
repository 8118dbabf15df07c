import type { BrowserWindow, NativeTheme } from 'electron';
import type { Theme } from '#contract/settings.ts';
import type { Services } from '../../router/services.ts';

/** As `bg` in the window's own styles: what is seen before its first paint, and at its edges while it is resized. */
const BACKGROUND = { night: '#0c1116', day: '#f3f5f7' } as const;

const SOURCES: Readonly<Record<Theme, NativeTheme['themeSource']>> = { system: 'system', day: 'light', night: 'dark' };

/** Makes frame, menus and what the page takes for the system's theme follow the one that is set. */
export function followTheme(
  settings: Pick<Services['settings'], 'current' | 'subscribe'>,
  nativeTheme: Pick<NativeTheme, 'themeSource'>,
): Disposable {
  const take = () => {
    const source = SOURCES[settings.current().theme];
    if (nativeTheme.themeSource !== source) nativeTheme.themeSource = source;
  };
  take();
  return settings.subscribe(take);
}

/** `#rrggbb` */
export function windowBackground({ shouldUseDarkColors }: Pick<NativeTheme, 'shouldUseDarkColors'>): string {
  return shouldUseDarkColors ? BACKGROUND.night : BACKGROUND.day;
}

/** Keeps the window's background that of the theme. */
export function followBackground(window: BrowserWindow, nativeTheme: NativeTheme): Disposable {
  const paint = () => {
    if (!window.isDestroyed()) window.setBackgroundColor(windowBackground(nativeTheme));
  };
  nativeTheme.on('updated', paint);
  return { [Symbol.dispose]: () => void nativeTheme.off('updated', paint) };
}
