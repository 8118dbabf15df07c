import { readFileSync } from 'node:fs';
import { launchChromium } from './chromium.ts';
import { openPage } from './opened-page.ts';
import { makeHome, serve } from './window.ts';

const lab = JSON.parse(readFileSync('/tmp/lab.json', 'utf8'));
await using home =
  process.argv[2] === 'demo'
    ? await makeHome([])
    : await makeHome([{ name: 'lab', target: lab.target, identityFile: lab.clientKeyFile }], {
        knownHostsFiles: [lab.knownHostsFile],
      });
await using served = await serve(home);
const browser = await launchChromium();
const ctx = await browser.newContext({
  viewport: { width: 1280, height: 3000 },
  colorScheme: process.argv[3] === 'day' ? 'light' : 'dark',
});
const { page, complaints } = await openPage(ctx, served);
await page.waitForTimeout(5000);
console.log(
  await page.locator('button[aria-label*=" on lab: "]').count(),
  await page
    .locator('main')
    .first()
    .ariaSnapshot()
    .then((s) => s.slice(0, 1800)),
);
console.log(complaints);
await browser.close();
