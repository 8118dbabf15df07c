import type { Page } from 'playwright-core';

/**
 * When the page first showed what fits `selector`: milliseconds of this machine's clock, at which the browser handed
 * that frame to the screen. To be called before it can be there.
 *
 * A frame callback cannot tell: the one after a change is called before its frame is rastered, and on an idle page a
 * millisecond after. So a mark is put into the page within the turn that changed it, and is painted in the same
 * frame; for such marks Chromium tells the time (Element Timing API).
 */
export async function presentedAt(page: Page, selector: string): Promise<number> {
  return await page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const mark = document.createElement('div');
        mark.textContent = '.';
        mark.setAttribute('elementtiming', 'bench');
        Object.assign(mark.style, { position: 'fixed', right: '0', bottom: '0' });
        const look = () => {
          if (document.querySelector(wanted) === null) return;
          changes.disconnect();
          document.body.append(mark);
        };
        const paints = new PerformanceObserver((list) => {
          const [paint] = list.getEntries() as (PerformanceEntry & { readonly renderTime: number })[];
          if (paint === undefined) return;
          paints.disconnect();
          mark.remove();
          // The clock may have been set since the page was loaded.
          resolve(Date.now() - performance.now() + paint.renderTime);
        });
        paints.observe({ type: 'element' });
        const changes = new MutationObserver(look);
        changes.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
        look();
      }),
    selector,
  );
}
