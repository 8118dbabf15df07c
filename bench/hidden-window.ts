import type { Page } from 'playwright-core';
import type { BenchWindow } from './bench-window.ts';
import { coreShares, cpuMs } from './cpu-time.ts';
import { atMost, rounded } from './figures.ts';

const MEASURED_MS = 60_000;
const LIMIT = 0.01;

/** Shares of one core that the core and the browser's renderers take while the window is seen, and while it is not. */
export async function benchHiddenWindow({ served, browser, page }: BenchWindow) {
  const session = await browser.newBrowserCDPSession();
  const clocks = {
    core: () => cpuMs(served.pid),
    renderers: async () => {
      const { processInfo } = await session.send('SystemInfo.getProcessInfo');
      const renderers = processInfo.filter(({ type }) => type === 'renderer');
      return renderers.reduce((total, { cpuTime }) => total + cpuTime * 1_000, 0);
    },
  };
  const seen = await coreShares(clocks, MEASURED_MS);
  await setHidden(page, true);
  const hidden = await coreShares(clocks, MEASURED_MS);
  await setHidden(page, false);
  return {
    seconds: MEASURED_MS / 1_000,
    hiddenCore: atMost(LIMIT, hidden.core),
    hiddenRenderers: rounded(hidden.renderers),
    seenCore: rounded(seen.core),
    seenRenderers: rounded(seen.renderers),
    note: 'A headless Chromium hides no page: the page was told that it is hidden, and gets frames where it asks for them.',
  };
}

async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((isHidden) => {
    const state = isHidden ? 'hidden' : 'visible';
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}
