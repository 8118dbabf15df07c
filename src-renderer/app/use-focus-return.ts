import { useEffect } from 'react';
import { hostOfRoute, uiStore } from '../store/ui-store.ts';

/**
 * Gives the focus back to where it was before a sheet was opened, on the page or in the sheet under it. The sheets cannot
 * do that themselves: one takes the place of another, and what opened the second is gone with the first. Where that
 * itself is gone meanwhile, a row of what is well again, the focus goes to the sheet that is on top now, else to the row or
 * card the keyboard stands on, else to the first.
 */
export function useFocusReturn(): void {
  useEffect(() => {
    /** What had the focus before each of the sheets was opened. */
    let openers: readonly (HTMLElement | null)[] = [];
    return uiStore.subscribe(({ route, sheets }, before) => {
      if (sheets.length > before.sheets.length) {
        const opener = document.activeElement instanceof HTMLElement ? document.activeElement : null;
        openers = [...openers, ...sheets.slice(before.sheets.length).map(() => opener)];
      } else if (sheets.length < before.sheets.length) {
        const target = openers[sheets.length];
        openers = openers.slice(0, sheets.length);
        const top = sheets.at(-1);
        // One that takes the place of all takes the focus by itself.
        if (target === undefined || target === null || (top !== undefined && !before.sheets.includes(top))) return;
        // The page of a host takes it by itself.
        if (route !== before.route && hostOfRoute(route) !== null) return;
        // After the sheet has gone, and with it its hold on the focus.
        requestAnimationFrame(() => {
          if (uiStore.getState().sheets.at(-1) !== top) return;
          const instead = top === undefined ? '[data-item][tabindex="0"]' : '[role="dialog"]:not([inert])';
          const there = target.isConnected ? target : document.querySelector<HTMLElement>(instead);
          there?.focus({ preventScroll: true });
        });
      }
    });
  }, []);
}
