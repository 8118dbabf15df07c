import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeLab } from '../lab/vitest.ts';
import { describeChromium, launchChromium } from './chromium.ts';
import { card, openPage, sentence, TALL } from './opened-page.ts';
import { makeHome, type Served, serve, type WindowHome } from './window.ts';

describeChromium('adding a host in the window', () => {
  describeLab('that nobody knows yet', (lab) => {
    let home: WindowHome;
    let served: Served;
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
      home = await makeHome([]);
      served = await serve(home);
      browser = await launchChromium();
      ({ page } = await openPage(await browser.newContext({ viewport: TALL }), served));
    });
    afterAll(async () => {
      await browser?.close();
      await served?.[Symbol.asyncDispose]();
      await home?.[Symbol.asyncDispose]();
    });

    it('asks for the fingerprint, tells what it found, and ends the demo', async () => {
      await page.getByText('This is a demo fleet').waitFor();
      await page.getByRole('button', { name: 'Add your host' }).click();
      await page.getByLabel('Where is it?').fill(lab.target);
      await page.getByRole('textbox', { name: 'Name' }).fill('harbour');
      await page.getByLabel('Another key file').check();
      await page.getByLabel('Path of the key file').fill(lab.clientKeyFile);
      await page.getByRole('button', { name: 'Test connection' }).click();

      await page.getByText('Is this the machine you mean?').waitFor();
      await page.getByText(lab.hostKeyFingerprint).waitFor();
      await page.getByLabel('Or paste the fingerprint you expect').fill(`SHA256:${'A'.repeat(43)}`);
      await page.getByText('It is another one.').waitFor();
      expect(await page.getByRole('button', { name: 'Accept this key' }).isDisabled()).toBe(true);
      await page.getByLabel('Or paste the fingerprint you expect').fill(lab.hostKeyFingerprint);
      await page.getByText('It is the same.').waitFor();
      await page.getByRole('button', { name: 'Accept this key' }).click();

      await page.getByText('Reached, and its engine answers').waitFor();
      await page
        .getByRole('definition')
        .filter({ hasText: /Docker 20\.10/ })
        .waitFor();
      await page.getByRole('button', { name: 'Add host', exact: true }).click();

      await page.getByText('This is a demo fleet').waitFor({ state: 'detached' });
      await card(page, 'shop').waitFor();
      await card(page, 'nextcloud').waitFor({ state: 'detached' });
      const settings = JSON.parse(await readFile(join(home.folder, 'settings.json'), 'utf8'));
      const known = await readFile(join(home.folder, 'known_hosts'), 'utf8');
      expect({
        hosts: settings.hosts.map(({ name, target, mode }: Record<string, string>) => [name, target, mode]),
        known: known.trim().split('\n').length,
        sentence: await sentence(page).textContent(),
      }).toEqual({
        hosts: [['harbour', lab.target, 'observe']],
        known: 1,
        sentence: expect.stringMatching(/down|green|attention/),
      });
    });

    it('tells in words why a test does not get through, and saves nothing', async () => {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: 'Go to' }).fill('add a host');
      await page.keyboard.press('Enter');
      await page.getByLabel('Where is it?').fill('nobody@127.0.0.1:1');
      await page.getByLabel('Another key file').check();
      await page.getByLabel('Path of the key file').fill(lab.clientKeyFile);
      await page.getByRole('button', { name: 'Test connection' }).click();
      await page.getByText('CONNECT_REFUSED').waitFor();
      const settings = JSON.parse(await readFile(join(home.folder, 'settings.json'), 'utf8'));
      expect(settings.hosts).toHaveLength(1);
    });
  });
});
