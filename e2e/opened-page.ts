import type { BrowserContext, Locator, Page } from 'playwright-core';
import type { Verdict } from '#contract/fleet.ts';
import type { Served } from './window.ts';

/** A window as an operator has it open, and what its browser had to say about it. */
export interface OpenedPage {
  readonly page: Page;
  /** Errors, warnings and refusals of the content security policy, in order. */
  readonly complaints: readonly string[];
  /** Addresses that were asked for and are not Binnacle's own. */
  readonly strangers: readonly string[];
}

/** Only cards in view are in the page: here all of the lab's are. */
export const TALL = { width: 1280, height: 3_000 };

/** Opens a fresh link of `served` and waits until the page shows its sentence. */
export async function openPage(context: BrowserContext, served: Pick<Served, 'link' | 'port'>): Promise<OpenedPage> {
  const page = await context.newPage();
  const complaints: string[] = [];
  const strangers: string[] = [];
  const own = new RegExp(`^(?:(?:http|ws)://127\\.0\\.0\\.1:${served.port}/|data:|blob:|about:)`);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!own.test(request.url())) strangers.push(request.url());
  });
  await page.goto(await served.link());
  await sentence(page).waitFor();
  return { page, complaints, strangers };
}

/** The heading that answers "is everything green?" */
export function sentence(page: Page): Locator {
  return page.locator('main[aria-label="Fleet"]:not([aria-busy]) h1');
}

/** Of the card of an app, as CSS; without `verdict`, whichever it has. */
export function cardSelector(app: string, verdict?: Verdict): string {
  const wanted = verdict === undefined ? '' : `="${verdict}"`;
  return `[aria-label="Fleet"] button[data-verdict${wanted}]:has([title=${JSON.stringify(app)}])`;
}

export function card(page: Page, app: string, verdict?: Verdict): Locator {
  return page.locator(cardSelector(app, verdict));
}

/** The cards that are in the page. */
export function cards(page: Page, verdict?: Verdict): Locator {
  return page.locator(`[aria-label="Fleet"] button[data-verdict${verdict === undefined ? '' : `="${verdict}"`}]`);
}

/**
 * When the page showed an element that fits `selector`: milliseconds of this machine's clock, at the frame after it was
 * painted. To be called before it can be there.
 */
export async function paintedAt(page: Page, selector: string): Promise<number> {
  return await page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const look = () => {
          if (document.querySelector(wanted) === null) return;
          observer.disconnect();
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(Date.now())));
        };
        const observer = new MutationObserver(look);
        observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
        look();
      }),
    selector,
  );
}
