import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createBody } from '../lab/container-spec.ts';
import { busyboxImage } from '../lab/images.ts';
import { describeLab } from '../lab/vitest.ts';
import { describeChromium, launchChromium } from './chromium.ts';
import { hostileStrings, UNSHOWN } from './hostile-strings.ts';
import { card, cards, type OpenedPage, openPage, TALL } from './opened-page.ts';
import { makeHome, type Served, serve, type WindowHome } from './window.ts';

const STRINGS = 500;
const IN_LABELS = 160;

describeChromium('500 strings that would be more than text', () => {
  describeLab('in labels and logs of a real engine', (lab) => {
    const strings = hostileStrings(STRINGS);
    const made: string[] = [];
    let home: WindowHome;
    let served: Served;
    let browser: Browser;
    let opened: OpenedPage;
    let page: Page;

    beforeAll(async () => {
      const labels = strings.slice(0, IN_LABELS);
      for (let index = 0; index < labels.length; index += 2) {
        const name = `hostile-${index}`;
        const own = {
          'com.docker.compose.project': labels[index] as string,
          'com.docker.compose.service': labels[index + 1] as string,
        };
        // Not started: the list shows it all the same.
        await lab.api.post(`/containers/create?name=${name}`, createBody({ name, labels: own }, busyboxImage));
        made.push(name);
      }
      const written = Buffer.from(`${strings.slice(IN_LABELS).join('\n')}\nthat-was-all\n`).toString('base64');
      const chunks = written.match(/.{1,100000}/g) ?? [];
      const command = `printf %s "$A$B$C" | base64 -d; sleep 3600`;
      const env = { A: chunks[0] ?? '', B: chunks[1] ?? '', C: chunks[2] ?? '' };
      expect(chunks.length).toBeLessThanOrEqual(3);
      await lab.runContainer({ name: 'hostile-log', command: ['sh', '-c', command], env });
      made.push('hostile-log');

      const host = { name: 'lab', target: lab.target, identityFile: lab.clientKeyFile };
      home = await makeHome([host], { knownHostsFiles: [lab.knownHostsFile] });
      served = await serve(home);
      browser = await launchChromium();
      opened = await openPage(await browser.newContext({ viewport: { ...TALL, height: 12_000 } }), served);
      page = opened.page;
      page.on('dialog', () => page.evaluate('globalThis.__taken = true'));
      await page.getByText('provisional').waitFor({ state: 'detached' });
    });
    afterAll(async () => {
      await browser?.close();
      await served?.[Symbol.asyncDispose]();
      await home?.[Symbol.asyncDispose]();
      for (const name of made) await lab.removeContainer(name).catch(() => undefined);
    });

    it('are shown as text, each in its place, in cards and in their sheets', async () => {
      const shown = await cards(page).count();
      expect(shown).toBeGreaterThan(IN_LABELS / 2);
      const inCards = await judge(page);
      await cards(page).filter({ hasText: '</script>h0' }).first().click();
      await page.getByRole('table').waitFor();
      expect([inCards, await judge(page)]).toEqual([INERT, INERT]);
      await page.keyboard.press('Escape');
    });

    it('are shown as text in a log, and found by a search', async () => {
      await card(page, 'hostile-log').click();
      await page.getByRole('dialog').getByRole('button', { name: /^Logs/ }).click();
      await page.getByRole('log').getByText('that-was-all').waitFor();
      const atTheEnd = await judge(page);
      await page.getByLabel('Search in what is loaded').fill('<script>');
      await page.keyboard.press('Enter');
      await page
        .getByText(/^\d+ of \d+$/)
        .first()
        .waitFor();
      await page.getByRole('button', { name: 'Wrap' }).click();
      expect([atTheEnd, await judge(page)]).toEqual([INERT, INERT]);
    });

    it('made the browser ask nobody, run nothing and complain about nothing', () => {
      expect([opened.strangers, opened.complaints]).toEqual([[], []]);
    });
  });
});

const INERT = { taken: false, unshown: null, spilled: [], elements: [] };

/** What the page holds that it must not. */
async function judge(page: Page) {
  const found = await page.evaluate(() => {
    const spilled: string[] = [];
    const right = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > right) spilled.push('the page');
    for (const card of document.querySelectorAll('[aria-label="Fleet"] button[data-verdict]')) {
      const frame = card.getBoundingClientRect();
      for (const part of card.querySelectorAll('*')) {
        const box = part.getBoundingClientRect();
        const inside = box.right <= frame.right + 1 && box.bottom <= frame.bottom + 1 && box.left >= frame.left - 1;
        if (!inside) spilled.push(`${part.className} of ${card.textContent?.slice(0, 40)}`);
      }
    }
    const elements = [
      ...document.querySelectorAll('script:not([src^="/"]):not([src^="./"]),iframe,style,img,object,embed,a'),
    ].map((element) => element.outerHTML.slice(0, 80));
    return {
      taken: '__taken' in globalThis,
      text: document.body.textContent ?? '',
      spilled: spilled.slice(0, 5),
      elements,
    };
  });
  const { text, ...rest } = found;
  return { ...rest, unshown: UNSHOWN.exec(text)?.[0] ?? null };
}
