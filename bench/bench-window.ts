import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, BrowserContext, Page, Response } from 'playwright-core';
import { launchChromium } from '../e2e/chromium.ts';
import { openPage } from '../e2e/opened-page.ts';
import { makeHome, type Served, serve, type WindowHost } from '../e2e/window.ts';

/** As an operator leaves it open. */
const VIEWPORT = { width: 1_280, height: 800 };

export interface BenchWindow extends AsyncDisposable {
  readonly served: Served;
  readonly browser: Browser;
  readonly context: BrowserContext;
  readonly page: Page;
  /** What its browser fetched until the sentence was there. */
  readonly firstLoad: readonly Response[];
}

interface WindowOptions {
  readonly hosts: readonly WindowHost[];
  readonly knownHostsFile: string;
  /** What the core finds in its environment besides. */
  readonly env?: NodeJS.ProcessEnv;
}

/** The built program on a home of its own, and its page in a Chromium of its own, showing its sentence. */
export async function openBenchWindow(options: WindowOptions): Promise<BenchWindow> {
  const { hosts, knownHostsFile, env = {} } = options;
  await using cleanup = new AsyncDisposableStack();
  const home = cleanup.use(await makeHome(hosts, { knownHostsFiles: [knownHostsFile] }));
  const served = cleanup.use(await serve(home, [], env));
  const browser = await launchChromium();
  cleanup.defer(() => browser.close());
  const context = await browser.newContext({ viewport: VIEWPORT });
  const firstLoad: Response[] = [];
  const note = (response: Response) => firstLoad.push(response);
  context.on('response', note);
  const { page } = await openPage(context, served);
  context.off('response', note);
  const owned = cleanup.move();
  return { served, browser, context, page, firstLoad, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Until what was found first has been confirmed, and the first loads are there. */
export async function settled(page: Page, ms: number): Promise<void> {
  await page.getByText('provisional').first().waitFor({ state: 'detached' });
  await pause(ms);
}
