import type { Page } from 'playwright-core';
import { clicks, demoScene, inOrder, opensHost, presses, type Scene, sees } from './scene.ts';

/** What the demo fleet shows, which is a live one in all but its machines. */
export const demoScenes: readonly Scene[] = [
  demoScene(
    'fleet-demo',
    'The demo fleet: two down, one near its memory limit, and the banner',
    inOrder(settled, hasHistory),
  ),
  demoScene('app', 'An app opened to its containers, one of them unhealthy', inOrder(settled, opensShop)),
  demoScene('host', 'A host that is live', inOrder(settled, opensHost('atlas'), sees('Round trip'))),
  demoScene('logs-following', 'The log of a container, followed', inOrder(settled, opensShopLogs, sees('Following'))),
  demoScene(
    'logs-paused',
    'The same, paused: what came since is counted',
    inOrder(settled, opensShopLogs, sees('Following'), clicks('Pause'), sees(/\d+ new lines/)),
  ),
  demoScene(
    'logs-search',
    'A search in what is loaded: every match is marked, and the one it stands on',
    inOrder(settled, opensShopLogs, sees('Following'), searches('GET'), presses('Enter'), sees(/\d of \d/)),
  ),
  demoScene('filter', 'The filter, with what it leaves', inOrder(settled, filters('postgres'), sees('worst first'))),
  demoScene(
    'filter-nothing',
    'A filter that leaves nothing',
    inOrder(settled, filters('helsinki'), sees('Nothing matches')),
  ),
  demoScene('keyboard', 'A card the keyboard stands on', inOrder(settled, ...Array(6).fill(presses('j')))),
  demoScene('palette', 'Go to anything by its name', inOrder(settled, opensPalette, types('post'), sees('postgres'))),
  demoScene(
    'keys',
    'Every key, and what it does',
    inOrder(settled, presses('?'), sees('Next and previous row or card')),
  ),
];

/** Everything has been read, and sampled twice. */
async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { name: /2 down/ }).waitFor();
  await page.getByText(/provisional/).waitFor({ state: 'detached' });
  await page.waitForFunction(() => !/CPU–/.test(document.querySelector('main')?.textContent ?? 'CPU–'));
}

/** It is loaded when it is first asked for. */
async function opensPalette(page: Page): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Go to' }).waitFor();
}

/** Long enough for the line beside each host to have a shape. */
async function hasHistory(page: Page): Promise<void> {
  const points = () => (document.querySelector('polyline')?.getAttribute('points') ?? '').split(' ').length > 4;
  await page.waitForFunction(points, undefined, { timeout: 40_000 });
}

async function opensShop(page: Page): Promise<void> {
  await page.locator('button[aria-label^="shop on "], button:has-text("shop")[data-verdict]').first().click();
  await page.getByRole('dialog').getByText('postgres').first().waitFor();
}

async function opensShopLogs(page: Page): Promise<void> {
  await opensShop(page);
  await page.getByRole('button', { name: /^Logs of api/ }).click();
  await page.getByRole('log').waitFor();
}

function searches(text: string): Scene['act'] {
  return async (page) => await page.getByLabel('Search in what is loaded').fill(text);
}

function filters(text: string): Scene['act'] {
  return inOrder(presses('/'), types(text));
}

function types(text: string): Scene['act'] {
  return async (page) => await page.keyboard.type(text);
}
