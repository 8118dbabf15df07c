import type { Browser, Page } from 'playwright-core';
import { type FrameFigures, frameFigures, type TraceEvent } from './frames.ts';

/** Pixels a second: as a wheel that is turned all the time. */
const SCROLL_SPEED = 1_500;
const SCROLL_DISTANCE = 4_500;

/** Traces `page`, which asks for every frame meanwhile, for as long as `work` takes. */
export async function framesOf(browser: Browser, page: Page, work: () => Promise<void>): Promise<FrameFigures> {
  await askForFrames(page, true);
  await browser.startTracing(page, { categories: ['devtools.timeline'] });
  try {
    await work();
  } finally {
    await askForFrames(page, false);
  }
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  return frameFigures(traceEvents);
}

/** Scrolls down and up for `ms`, as a wheel does: by the browser's own means, no script runs for it. */
export async function scrollFor(page: Page, ms: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const until = performance.now() + ms;
  const viewport = page.viewportSize() ?? { width: 0, height: 0 };
  for (let distance = -SCROLL_DISTANCE; performance.now() < until; distance = -distance) {
    await session.send('Input.synthesizeScrollGesture', {
      x: Math.round(viewport.width / 2),
      y: Math.round((viewport.height * 2) / 3),
      yDistance: distance,
      speed: SCROLL_SPEED,
      gestureSourceType: 'mouse',
    });
  }
  await session.detach();
}

async function askForFrames(page: Page, on: boolean): Promise<void> {
  await page.evaluate((isOn) => {
    const asking = globalThis as { benchFrame?: number };
    if (asking.benchFrame !== undefined) cancelAnimationFrame(asking.benchFrame);
    const next = () => {
      asking.benchFrame = requestAnimationFrame(next);
    };
    if (isOn) next();
  }, on);
}
