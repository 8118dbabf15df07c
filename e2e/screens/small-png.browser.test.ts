import { expect, it } from 'vitest';
import { describeChromium, launchChromium } from '../chromium.ts';
import { withFewColours } from './small-png.ts';

/** Of a channel, of 255: no eye sees it at the edge of a letter. */
const UNSEEN = 24;

const PAGE = `<body style="margin:0;background:linear-gradient(90deg,#0c1116,#f3f5f7);color:#f0645f">
  ${'<p style="text-shadow:0 0 9px #46b98a">All green, when last seen</p>'.repeat(12)}</body>`;

describeChromium('a picture with few colours', () => {
  it('looks as the one it is made of, and is smaller', async () => {
    await using browser = await launchChromium();
    const page = await browser.newPage({ viewport: { width: 640, height: 400 } });
    await page.setContent(PAGE);
    const picture = await page.screenshot();
    const small = withFewColours(picture);
    const compared = await page.evaluate(
      async (urls) => {
        const [first = [], second = []] = await Promise.all(
          urls.map(async (url) => {
            const bitmap = await createImageBitmap(await (await fetch(url)).blob());
            const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
            context?.drawImage(bitmap, 0, 0);
            return context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? [];
          }),
        );
        let furthest = first.length === second.length ? 0 : Number.POSITIVE_INFINITY;
        for (let at = 0; at < first.length; at += 1) {
          furthest = Math.max(furthest, Math.abs((first[at] ?? 0) - (second[at] ?? 0)));
        }
        return { bytes: first.length, furthest };
      },
      [picture, small].map((png) => `data:image/png;base64,${png.toString('base64')}`),
    );
    expect({ ...compared, furthest: compared.furthest <= UNSEEN, smaller: small.length < picture.length / 2 }).toEqual({
      bytes: 640 * 400 * 4,
      furthest: true,
      smaller: true,
    });
  });
});
