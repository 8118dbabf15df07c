import { useEffect } from 'react';
import { uiStore } from '../store/ui-store.ts';

/**
 * Gives the focus back to where it was before the first sheet was opened. The sheets cannot do that themselves: one
 * takes the place of another, and what opened the second is gone with the first. Where that itself is gone meanwhile, a
 * row of what is well again, the focus goes to the row or card the keyboard stands on, else to the first.
 */
export function useFocusReturn(): void {
  useEffect(() => {
    let opener: HTMLElement | null = null;
    return uiStore.subscribe(({ sheets }, before) => {
      if (before.sheets.length === 0 && sheets.length > 0) {
        opener = document.activeElement instanceof HTMLElement ? document.activeElement : null;
      } else if (before.sheets.length > 0 && sheets.length === 0) {
        const target = opener;
        // After the sheet has gone, and with it its hold on the focus.
        requestAnimationFrame(() => {
          if (uiStore.getState().sheets.length > 0 || target === null) return;
          const there = target.isConnected ? target : document.querySelector<HTMLElement>('[data-item][tabindex="0"]');
          there?.focus({ preventScroll: true });
        });
      }
    });
  }, []);
}
