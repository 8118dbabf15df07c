import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeLab } from '../lab/vitest.ts';
import { describeChromium, launchChromium } from './chromium.ts';
import { card, openPage, TALL } from './opened-page.ts';
import { makeHome, type Served, serve, type WindowHome } from './window.ts';

const LINES_A_TENTH = 1_000;
const TENTHS = 40;
const LINES = LINES_A_TENTH * TENTHS;

/** Numbered lines, 10,000 a second for four seconds from the moment it is told to begin, then one that says it is done. */
const FLOOD = `
while [ ! -e /go ]; do sleep 0.1; done
tenth=0
while [ $tenth -lt ${TENTHS} ]; do
  seq -f 'line %.0f' $((tenth * ${LINES_A_TENTH} + 1)) $(((tenth + 1) * ${LINES_A_TENTH})) 2>/dev/null ||
    seq $((tenth * ${LINES_A_TENTH} + 1)) $(((tenth + 1) * ${LINES_A_TENTH})) | sed 's/^/line /'
  tenth=$((tenth + 1))
  sleep 0.1
done
echo flood-is-over
sleep 3600
`;

describeChromium('the log of a container in the window', () => {
  describeLab('of a real engine', (lab) => {
    let home: WindowHome;
    let served: Served;
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
      const host = { name: 'lab', target: lab.target, identityFile: lab.clientKeyFile };
      home = await makeHome([host], { knownHostsFiles: [lab.knownHostsFile] });
      served = await serve(home);
      browser = await launchChromium();
      const context = await browser.newContext({ viewport: TALL });
      ({ page } = await openPage(context, served));
    });
    afterAll(async () => {
      await browser?.close();
      await served?.[Symbol.asyncDispose]();
      await home?.[Symbol.asyncDispose]();
      for (const name of ['journey-flood', 'journey-steady']) await lab.removeContainer(name).catch(() => undefined);
    });

    async function openLog(name: string): Promise<void> {
      await card(page, name).click();
      await page.getByRole('dialog').getByRole('button', { name: /^Logs/ }).click();
      await page.getByRole('log').waitFor();
    }
    const held = async () => {
      const text = await page.getByText(/[\d,]+ lines? held here/).textContent();
      return Number(/[\d,]+/.exec(text ?? '')?.[0].replaceAll(',', ''));
    };
    const closeSheets = async () => {
      for (let sheet = 0; sheet < 5; sheet += 1) await page.keyboard.press('Escape');
    };

    it('follows 10,000 lines a second without losing one', { timeout: 90_000 }, async () => {
      await lab.runContainer({ name: 'journey-flood', command: ['sh', '-c', FLOOD] });
      await card(page, 'journey-flood', 'green').waitFor();
      await openLog('journey-flood');
      await lab.docker(['exec', 'journey-flood', 'touch', '/go']);
      await page.getByText('flood-is-over').waitFor({ timeout: 60_000 });
      // Every line once, in order: as many as were written, the first at the top, and the last before the end.
      const count = await held();
      await page.getByRole('log').focus();
      await page.keyboard.press('Home');
      await page.getByRole('log').getByText('line 1', { exact: true }).waitFor();
      expect({ count, letGo: await page.getByText('let go').count() }).toEqual({ count: LINES + 1, letGo: 0 });
      // Samples from all over it: a line stands where its number says.
      for (const line of [4_999, 17_500, 33_333, LINES]) {
        await page.getByLabel('Search in what is loaded').fill(`line ${line}`);
        await page.keyboard.press('Enter');
        await page.getByRole('log').getByText(`line ${line}`, { exact: true }).waitFor();
      }
      await closeSheets();
    });

    it('says so when the connection dies under it, and goes on where it stopped', { timeout: 90_000 }, async () => {
      const counting = 'i=0; while :; do i=$((i + 1)); echo "count $i"; sleep 0.05; done';
      await lab.runContainer({ name: 'journey-steady', command: ['sh', '-c', counting] });
      await card(page, 'journey-steady', 'green').waitFor();
      await openLog('journey-steady');
      await page.getByRole('log').getByText('count 40', { exact: true }).waitFor();
      const sessions = await sessionsOf(lab.port);
      for (const pid of sessions) process.kill(pid, 'SIGKILL');
      await page.getByText(/connection lost/).waitFor();
      await page.getByText(/resumed .*nothing is missing/).waitFor({ timeout: 30_000 });
      await page.waitForTimeout(1_000);
      await page.getByRole('button', { name: 'Pause' }).click();
      const shown = await page
        .getByRole('log')
        .getByText(/^count \d+$/)
        .allTextContents();
      const [first = Number.NaN, ...others] = shown.map((text) => Number(text.slice('count '.length)));
      // In view is what came before the loss, and after it: nothing twice, nothing missing.
      expect([sessions.length > 0, first <= 40, others]).toEqual([
        true,
        true,
        others.map((_, index) => first + 1 + index),
      ]);
      await page.getByRole('button', { name: 'Copy' }).click();
      await page.getByText('Copied the lines in view.').waitFor();
      // Pages may not read the clipboard; a person may paste.
      const search = page.getByLabel('Search in what is loaded');
      await search.press('Control+V');
      expect(await search.inputValue()).toMatch(/Z count \d+/);
      await closeSheets();
    });
  });
});

/** The processes of sshd that serve a connection to `port`. */
async function sessionsOf(port: number): Promise<number[]> {
  const { execFile } = await import('node:child_process');
  const { promisify } = await import('node:util');
  const { stdout } = await promisify(execFile)('ss', ['-Htnp', 'state', 'established', `( sport = :${port} )`]);
  return [...new Set([...stdout.matchAll(/pid=(\d+)/g)].map(([, pid]) => Number(pid)))];
}
