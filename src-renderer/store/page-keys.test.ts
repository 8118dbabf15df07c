import { afterEach, describe, expect, it } from 'vitest';
import { isForPage, watchPageKeys } from './page-keys.ts';
import { uiStore } from './ui-store.ts';

describe('keys of a page', () => {
  afterEach(() => uiStore.getState().closeAll());

  it('leave the page alone with the Escape that closed what lay over it', () => {
    const window = new EventTarget();
    const end = watchPageKeys(window);
    // As sheets do, which hear of it before the page.
    window.addEventListener('keydown', () => uiStore.getState().closeAll(), { capture: true });
    const heard: boolean[] = [];
    window.addEventListener('keydown', (event) => heard.push(isForPage(event)));
    const press = () => window.dispatchEvent(new Event('keydown'));

    uiStore.getState().openSheet({ kind: 'keys' });
    press();
    press();
    end();
    uiStore.getState().openSheet({ kind: 'keys' });
    press();
    expect(heard).toEqual([false, true, true]);
  });

  it('are not for the page while something lies over it', () => {
    const event = new Event('keydown');
    const before = isForPage(event);
    uiStore.getState().openSheet({ kind: 'keys' });
    expect([before, isForPage(event)]).toEqual([true, false]);
  });
});
