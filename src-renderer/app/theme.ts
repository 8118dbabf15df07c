import type { Theme } from '#contract/settings.ts';
import { fleetStore } from '../store/fleet-store.ts';

const KEPT = 'binnacle.theme';

/** Sets the theme of the page, and again whenever the setting changes; the last one is kept, so that a start does not flash. */
export function followTheme(): void {
  show(themeIn(localStorage.getItem(KEPT)));
  fleetStore.subscribe(({ settings }, before) => {
    if (settings === null || settings.theme === before.settings?.theme) return;
    localStorage.setItem(KEPT, settings.theme);
    show(settings.theme);
  });
}

/** Without the attribute the style sheet follows the system, and changes with it. */
function show(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

function themeIn(kept: string | null): Theme {
  return kept === 'day' || kept === 'night' ? kept : 'system';
}
