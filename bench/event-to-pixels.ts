import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { engineTimes } from '../e2e/engine-times.ts';
import { paintedAt } from '../e2e/opened-page.ts';
import type { LabTools } from '../lab/lab-access.ts';
import { atMost, spreadOf } from './figures.ts';

const LIMIT_MS = 150;
/**
 * Added to what `paintedAt` tells: the frame after a change begins while the one with it may still be on its way to the
 * screen. Beside Chromium's own account of it (Element Timing, on an empty page) it was up to one frame too early.
 */
const ON_ITS_WAY_MS = 16.7;
/** Of each two events: a pause and its end. */
const ROUNDS = 60;
const TRIES = 10;
const NAME = 'bench-pulse';
const PROBE = 'data-bench';

/**
 * From the moment an engine says a container was paused or went on, to the frame in which its card says so. Between
 * two events another time passes each, so that they fall anywhere between frames, conflations and samples.
 */
export async function benchEventToPixels(lab: LabTools, page: Page) {
  await lab.runContainer({ name: NAME });
  try {
    // Green it may be further down than the window reaches: then it is gone from where it was.
    const yellow = `button[data-verdict="attention"] [title="${NAME}"]`;
    const shown = {
      pause: `[aria-label="Fleet"] ${yellow}`,
      unpause: `[aria-label="Fleet"]:not(:has(${yellow}))`,
    };
    await pause(2_000);
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const action of ['pause', 'unpause'] as const) {
        const painted = paintedAt(page, shown[action]);
        // The page has to be watching before it can happen.
        await page.evaluate(() => undefined);
        const from = Date.now();
        await ask(lab, action);
        const at = (await painted) + ON_ITS_WAY_MS;
        // Asked for each by itself: an engine remembers 256 events, and health checks alone make more of them.
        const [happened = Number.NaN] = await engineTimes(lab, NAME, action, from);
        times.push(at - happened);
        await pause(500 * Math.random());
      }
    }
    const spread = spreadOf(times);
    return { p99: atMost(LIMIT_MS, spread.p99), milliseconds: spread, floor: await floor(page) };
  } finally {
    await lab.removeContainer(NAME);
  }
}

/** The kernel's freezer gives up now and then on a machine that is busy ("unable to freeze"): then it is asked again. */
async function ask({ api }: LabTools, action: 'pause' | 'unpause'): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await api.post(`/containers/${NAME}/${action}`);
      return;
    } catch (error) {
      if (attempt === TRIES || !String(error).includes('freeze')) throw error;
      await pause(200);
    }
  }
}

/** The same, of a change that the page makes itself: what the browser and this machine take without Binnacle. */
async function floor(page: Page) {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const painted = paintedAt(page, `html[${PROBE}="${round}"]`);
    const changed = await page.evaluate(
      ([name, value]) => {
        document.documentElement.setAttribute(name, `${value}`);
        return Date.now();
      },
      [PROBE, round] as const,
    );
    times.push((await painted) + ON_ITS_WAY_MS - changed);
    await pause(100 * Math.random());
  }
  return spreadOf(times);
}
