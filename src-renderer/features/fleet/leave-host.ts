import { uiStore } from '../../store/ui-store.ts';

/** From the page of a host back to where it was opened from; the keyboard stands on that host again. */
export function leaveHost(hostId: string): void {
  const { back, selected } = uiStore.getState();
  back();
  const row = `[data-item="host:${CSS.escape(hostId)}"]`;
  const chip = `[data-host="${CSS.escape(hostId)}"]`;
  const first = selected === `host:${hostId}` ? row : chip;
  requestAnimationFrame(() => document.querySelector<HTMLElement>(first)?.focus({ preventScroll: true }));
}
