import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeLab } from '../lab/vitest.ts';
import { describeChromium, launchChromium } from './chromium.ts';
import { connectionsTo } from './connections.ts';
import { card, type OpenedPage, openPage, sentence } from './opened-page.ts';
import { makeHome, type Served, serve, type WindowHome } from './window.ts';

const TABS = 10;

describeChromium('many windows on one core', () => {
  describeLab('of a real host', (lab) => {
    let home: WindowHome;
    let served: Served;
    let browser: Browser;
    let context: BrowserContext;
    let tabs: OpenedPage[];

    beforeAll(async () => {
      const host = { name: 'lab', target: lab.target, identityFile: lab.clientKeyFile };
      home = await makeHome([host], { knownHostsFiles: [lab.knownHostsFile] });
      served = await serve(home);
      browser = await launchChromium();
      context = await browser.newContext({ viewport: { width: 900, height: 600 } });
      tabs = [];
      for (let tab = 0; tab < TABS; tab += 1) tabs.push(await openPage(context, served));
    });
    afterAll(async () => {
      await browser?.close();
      await served?.[Symbol.asyncDispose]();
      await home?.[Symbol.asyncDispose]();
      await lab.removeContainer('journey-shared').catch(() => undefined);
    });

    it('show the same, all at once, over one connection to the host', async () => {
      await lab.runContainer({ name: 'journey-shared' });
      // What needs attention stands where every window can see it.
      await lab.docker(['pause', 'journey-shared']);
      await Promise.all(tabs.map(({ page }) => card(page, 'journey-shared', 'attention').waitFor()));
      expect(connectionsTo(lab.port)).toBe(1);
    });

    it('go on when one of them is loaded again, again and again', async () => {
      const page = tabs[0]?.page;
      for (let time = 0; time < 5; time += 1) await page?.reload();
      if (page !== undefined) await card(page, 'journey-shared', 'attention').waitFor();
      await lab.docker(['unpause', 'journey-shared']);
      const over = ({ page: tab }: OpenedPage) =>
        card(tab, 'journey-shared', 'attention').waitFor({ state: 'detached' });
      await Promise.all(tabs.map(over));
      expect(tabs.flatMap(({ complaints }) => complaints)).toEqual([]);
    });

    it('share what is set in one of them', async () => {
      const [first, second] = tabs.map(({ page }) => page);
      await first?.getByRole('button', { name: 'Settings' }).click();
      await first?.getByRole('radio', { name: 'Day', exact: true }).click();
      await second?.waitForFunction(() => getComputedStyle(document.documentElement).colorScheme === 'light');
      await first?.getByRole('radio', { name: 'System' }).click();
    });

    it('refuse to go on with a core of another version, and say what to do', async () => {
      const page = await context.newPage();
      await page.routeWebSocket(/\/socket$/, (socket) => {
        const core = socket.connectToServer();
        socket.onMessage((message) => core.send(asAnOldWindow(message)));
        core.onMessage((message) => socket.send(message));
      });
      await page.goto(await served.link());
      await page.getByRole('button', { name: /load/i }).waitFor();
      expect(await sentence(page).count()).toBe(0);
    });
  });
});

/** The same handshake, from a page that was built for version 0 of the contract. */
function asAnOldWindow(message: string | Buffer): string | Buffer {
  const older = (text: string) => text.replace(/"contractVersion":\d+/, '"contractVersion":0');
  return typeof message === 'string' ? older(message) : Buffer.from(older(message.toString('latin1')), 'latin1');
}
