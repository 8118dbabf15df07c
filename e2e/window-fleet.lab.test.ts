import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Sshd, startSshd } from '../lab/sshd.ts';
import { describeLab } from '../lab/vitest.ts';
import { describeChromium, launchChromium } from './chromium.ts';
import { connectionsTo } from './connections.ts';
import { engineTimes } from './engine-times.ts';
import { card, cardSelector, cards, type OpenedPage, openPage, paintedAt, sentence, TALL } from './opened-page.ts';
import { makeHome, type Served, serve, type WindowHome } from './window.ts';

/** What an operator is promised (issue: a card turns; DESIGN: fresh again), and what a busy machine may add. */
const TURNS_MS = 1_000;
const FRESH_MS = 2_000;
const SLACK_MS = 1_000;
/** Longest wait between two tries. */
const LONGEST_WAIT_MS = 15_000;

describeChromium('the window on a real host', () => {
  describeLab('with its fleet', (lab) => {
    let folder: string;
    let sshd: Sshd;
    let home: WindowHome;
    let served: Served;
    let browser: Browser;
    let opened: OpenedPage;
    let page: Page;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'binnacle-journey-'));
      sshd = await startSshd({ hostKeyDir: folder });
      // They outlive this sshd.
      await copyFile(sshd.clientKeyFile, join(folder, 'key'));
      const host = { name: 'lab', target: sshd.target(lab.socketPath), identityFile: join(folder, 'key') };
      home = await makeHome([host], { knownHostsFiles: [sshd.knownHostsFile] });
      served = await serve(home);
      browser = await launchChromium();
      opened = await openPage(await browser.newContext({ viewport: TALL }), served);
      page = opened.page;
      await page
        .getByText(/\d+ of \d+ running|\d+ running/)
        .first()
        .waitFor();
    });
    afterAll(async () => {
      await browser?.close();
      await served?.[Symbol.asyncDispose]();
      await home?.[Symbol.asyncDispose]();
      await sshd?.stop();
      await rm(folder, { recursive: true, force: true });
      await lab.removeContainer('journey-mortal').catch(() => undefined);
    });

    it('shows every app of the host, and says how many there are', async () => {
      await page.getByText('provisional').waitFor({ state: 'detached' });
      const listed = await lab.docker(['ps', '-a', '--format', '{{.Label "com.docker.compose.project"}}']);
      const projects = new Set(listed.split('\n').filter((project) => project !== ''));
      const names = await cards(page)
        .locator('> span:first-child [title]')
        .evaluateAll((found) => found.map((element) => element.getAttribute('title') ?? ''));
      expect({
        missing: [...projects].filter((project) => !names.includes(project)),
        said: await page.getByText(`${names.length} apps`, { exact: false }).count(),
        connections: connectionsTo(sshd.port),
      }).toEqual({ missing: [], said: 1, connections: 1 });
    });

    it('turns the card of a container that dies within a second of the engine', async () => {
      await lab.runContainer({ name: 'journey-mortal' });
      await card(page, 'journey-mortal', 'green').waitFor();
      const from = Date.now();
      const turned = paintedAt(page, cardSelector('journey-mortal', 'attention'));
      await lab.docker(['kill', 'journey-mortal']);
      const at = await turned;
      const [died = Number.NaN] = await engineTimes(lab, 'journey-mortal', 'die', from);
      expect(at - died).toBeLessThan(TURNS_MS);
      await page
        .getByRole('listitem')
        .filter({ hasText: 'journey-mortal' })
        .getByText('exited 137', { exact: false })
        .first()
        .waitFor();
    });

    it('fades everything of a host that is gone, and is right again when it is back', async () => {
      await lab.docker(['start', 'journey-mortal']);
      await card(page, 'journey-mortal', 'green').waitFor();
      const before = await cards(page).count();
      const { port, clientPublicKey } = sshd;
      await sshd.stop();
      await page.getByRole('heading', { name: /Nothing is known/ }).waitFor();
      const faded = {
        cards: await cards(page, 'unknown').count(),
        rows: await page.getByRole('region', { name: 'Needs attention' }).getByRole('listitem').count(),
        sentence: await sentence(page).textContent(),
      };
      // Something changes while nobody can see it.
      await lab.docker(['kill', 'journey-mortal']);
      sshd = await startSshd({ hostKeyDir: folder, port });
      await sshd.authorize(clientPublicKey);
      const upAt = Date.now();
      await card(page, 'journey-mortal', 'attention').waitFor({ timeout: LONGEST_WAIT_MS + FRESH_MS + SLACK_MS });
      await page.waitForFunction(() => document.querySelector('button[data-verdict=unknown]') === null);
      expect({ faded, back: Date.now() - upAt < LONGEST_WAIT_MS + FRESH_MS + SLACK_MS }).toEqual({
        faded: { cards: before, rows: 1, sentence: expect.stringMatching(/^Nothing is known: 1 host/) },
        back: true,
      });
      expect(await sentence(page).textContent()).toMatch(/down/);
    });

    it('gave the browser nothing to complain about, and asked nobody else for anything', () => {
      expect([opened.complaints, opened.strangers]).toEqual([[], []]);
    });
  });
});
