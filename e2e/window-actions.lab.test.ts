import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Acts, createActs } from '../lab/acts-app.ts';
import { type FaultyWay, faultyWay } from '../lab/faulty-way.ts';
import { describeLab } from '../lab/vitest.ts';
import { describeChromium, launchChromium } from './chromium.ts';
import { runCli } from './cli-process.ts';
import { card, type OpenedPage, openPage, TALL } from './opened-page.ts';
import { makeHome, type Served, serve, type WindowHome } from './window.ts';

/** Longest wait for something on the host: a health check, a reconnect. */
const HOST_MS = 40_000;

describeChromium('acting in the window', () => {
  describeLab('on a real host', (lab) => {
    let way: FaultyWay;
    let home: WindowHome;
    let acts: Acts;
    let served: Served;
    let browser: Browser;
    let opened: OpenedPage;
    let page: Page;

    beforeAll(async () => {
      const beginApp = async () => {
        acts = await createActs(lab, { project: 'acts-window' });
      };
      const openBrowser = async () => {
        way = await faultyWay(lab);
        const host = { name: 'lab', target: way.target, identityFile: lab.clientKeyFile };
        home = await makeHome([host], { knownHostsFiles: [way.knownHostsFile] });
        served = await serve(home);
        browser = await launchChromium();
      };
      await Promise.all([beginApp(), openBrowser()]);
      // Not before: the containers of this machine come with networks, and Chromium breaks off loading when one comes.
      opened = await openPage(await browser.newContext({ viewport: TALL }), served);
      page = opened.page;
      await card(page, acts.app).waitFor();
      await page.getByText('provisional').waitFor({ state: 'detached' });
    });
    afterAll(async () => {
      await browser?.close();
      await served?.[Symbol.asyncDispose]();
      await acts?.[Symbol.asyncDispose]();
      await home?.[Symbol.asyncDispose]();
      await way?.[Symbol.asyncDispose]();
    });

    /** What lies over the page, the last that was opened. */
    const sheet = (): Locator => page.getByRole('dialog').last();
    const button = (name: string | RegExp): Locator => sheet().getByRole('button', { name, exact: true });

    async function openApp(): Promise<void> {
      await closeAll();
      await card(page, acts.app).click();
      // It opens where it was left.
      await sheet().getByRole('tab', { name: 'Containers' }).click();
      await sheet().getByRole('table').waitFor();
    }

    /** Sheets lie on one another: each Escape closes the uppermost. */
    async function closeAll(): Promise<void> {
      await expect
        .poll(async () => {
          if ((await page.getByRole('dialog').count()) === 0) return 'closed';
          await page.keyboard.press('Escape');
          return 'open';
        })
        .toBe('closed');
    }

    /** The run of that name in the drawer, once it stands like that. */
    async function ended(title: string, state: string): Promise<Locator> {
      const run = sheet().locator(`[data-run="${state}"]`, { hasText: title });
      await run.waitFor({ timeout: HOST_MS });
      return run;
    }

    /** Chooses from the menu of a container's row in the open app. */
    async function choose(service: string, item: string | RegExp): Promise<void> {
      await button(`More for ${service}`).click();
      await page.getByRole('menuitem', { name: item }).click({ force: true });
    }

    it('observes until changes are allowed, then restarts what was asked for, as its plan said, until it is healthy', async () => {
      const before = await acts.state('web');
      await openApp();
      // It says why it cannot be done, and a click leads on.
      await button('Restart… web').click({ force: true });
      await button('Allow changes on lab').click();
      await sheet().getByText('What will happen').waitFor();
      const plan = await sheet().allTextContents();
      await sheet()
        .getByLabel(/Reason/)
        .fill('to see it come back');
      await button('Restart').click();
      await ended(`Restart ${acts.app} / web on lab`, 'succeeded');
      const after = await acts.state('web');
      expect({
        request: /POST …\/[0-9a-f]{4}\/restart\?t=\d+/.test(plan.join('')),
        byHand: new RegExp(`ssh .*docker.* restart -t \\d+ ${acts.names.web}`).test(plan.join('')),
        restarted: after.startedAt > before.startedAt,
        health: after.health,
      }).toEqual({ request: true, byHand: true, restarted: true, health: 'healthy' });
    });

    it('asks for an unlock with a reason before a database is touched, and for that one act alone', async () => {
      const before = await acts.state('pg');
      await openApp();
      await choose('pg', /^Stop/);
      await sheet().getByText('What is at stake').waitFor();
      const withoutReason = await button('Unlock for one stop').isEnabled();
      await sheet()
        .getByLabel(/Reason/)
        .fill('to copy its files');
      await button('Unlock for one stop').click();
      await sheet().getByText('What will happen').waitFor();
      await button('Cancel').click();
      await sheet()
        .getByText(/unlocked for a stop/i)
        .waitFor();
      // Taken back: the next one asks again.
      await choose('pg', /Lock it again/);
      await sheet()
        .getByText(/unlocked for a stop/i)
        .waitFor({ state: 'detached' });
      await choose('pg', /^Stop/);
      await sheet().getByText('What is at stake').waitFor();
      expect({ withoutReason, pg: await acts.state('pg') }).toEqual({ withoutReason: false, pg: before });
    });

    it('does not know how a stop ended whose link was cut, and finds out when the host is back', async () => {
      await openApp();
      await choose('stubborn', /^Stop/);
      await sheet().getByText('What will happen').waitFor();
      await button('Stop').click();
      await page.locator('[data-run="running"] li[data-step="running"]').waitFor();
      // Under way in the engine too: it needs all of its grace. The step runs from before its request has left.
      await expect.poll(() => acts.events(), { timeout: HOST_MS }).toContain('kill stubborn 15');
      way.cut();
      const run = await ended(`Stop ${acts.app} / stubborn on lab`, 'unknown');
      await run.getByText('nothing yet', { exact: false }).waitFor();
      await way.heal();
      await run.getByText(/stubborn is stopped/).waitFor({ timeout: HOST_MS });
      const { status, exitCode } = await acts.state('stubborn');
      const { stdout } = await runCli(['audit', 'show', '--json', '--outcome', 'unknown', '--home', home.folder]);
      const records = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).kind);
      expect({ status, exitCode, records }).toEqual({
        status: 'exited',
        exitCode: 137,
        records: ['intent', 'outcome', 'found'],
      });
    });

    it('tells in the timeline what others did from what was done here', async () => {
      await lab.docker(['restart', '--time', '1', acts.names.api]);
      await openApp();
      await sheet().getByRole('tab', { name: 'Timeline' }).click();
      const rows = sheet().getByRole('listitem').filter({ hasText: 'Restarted' });
      await rows.filter({ hasText: 'api' }).filter({ hasText: 'outside Binnacle' }).waitFor();
      await rows.filter({ hasText: 'web' }).filter({ hasText: 'by Binnacle' }).waitFor();
    });

    it('restarts an app but for its database and what was stopped, and says so first', async () => {
      const left = () => Promise.all([acts.state('pg'), acts.state('stubborn')]);
      const before = await left();
      await openApp();
      await button(/^Restart app/).click();
      await sheet().getByText('What will happen').waitFor();
      const plan = (await sheet().allTextContents()).join('');
      await button('Restart').click();
      await ended(`Restart ${acts.app} on lab`, 'succeeded');
      expect({
        said: /pg is protected/.test(plan),
        left: await left(),
        web: (await acts.state('web')).health,
      }).toEqual({ said: true, left: before, web: 'healthy' });
    });

    it('verifies its journal, and catches who tampers with it', async () => {
      await closeAll();
      await page.getByRole('navigation').getByRole('button', { name: 'Journal' }).click();
      await page.getByText(`Restart ${acts.app} / web on lab`).first().waitFor();
      const verify = page.getByRole('button', { name: 'Verify' });
      await verify.click();
      await page.getByText(/records in 1 file are as they were written/).waitFor();

      const [file = ''] = await readdir(join(home.folder, 'journal'));
      const path = join(home.folder, 'journal', file);
      const text = await readFile(path, 'utf8');
      await writeFile(path, text.replace('to see it come back', 'to see it come bad!'));
      await verify.click();
      await page.getByRole('list', { name: 'Findings' }).waitFor();

      // Nothing is changed any more, whatever is clicked.
      const before = await acts.state('web');
      await page.getByRole('navigation').getByRole('button', { name: 'Fleet' }).click();
      await openApp();
      const { code } = await runCli(['audit', 'verify', '--home', home.folder]);
      const held = await button('Restart… web').getAttribute('aria-disabled');
      expect({ code, held, web: await acts.state('web') }).toEqual({ code: 1, held: 'true', web: before });
    });

    it('said nothing odd in its console, and asked nobody else', () => {
      const { strangers } = opened;
      // What restarts is on the browser's own machine, and takes a network with it.
      const complaints = opened.complaints.filter((complaint) => !complaint.includes('ERR_NETWORK_CHANGED'));
      expect({ complaints, strangers }).toEqual({ complaints: [], strangers: [] });
    });
  });
});
