import { uiStore } from './ui-store.ts';

/** Keys that were pressed while something lay over the page. */
const heardAbove = new WeakSet<Event>();

/**
 * Notes, before anything answers to a key, whether a sheet lies over the page. A sheet closes on Escape before the page
 * hears of that key, and to the page it would look as if none had been there: it would leave, or lose its filter, as well.
 * To be called before the first sheet is opened. @returns what ends it
 */
export function watchPageKeys(keys: Pick<EventTarget, 'addEventListener' | 'removeEventListener'>): () => void {
  const note = (event: Event) => {
    if (uiStore.getState().sheets.length > 0) heardAbove.add(event);
  };
  keys.addEventListener('keydown', note, { capture: true });
  return () => keys.removeEventListener('keydown', note, { capture: true });
}

/** Whether the key was pressed on the page itself, and nothing lies over it now. */
export function isForPage(event: Event): boolean {
  return !heardAbove.has(event) && uiStore.getState().sheets.length === 0;
}
