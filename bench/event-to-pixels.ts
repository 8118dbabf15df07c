import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { engineTimes } from '../e2e/engine-times.ts';
import { cardSelector } from '../e2e/opened-page.ts';
import type { LabTools } from '../lab/lab-access.ts';
import { atMost, spreadOf } from './figures.ts';
import { presentedAt } from './presented-at.ts';

const LIMIT_MS = 150;
/** Of each two events: a pause and its end. */
const ROUNDS = 60;
const NAME = 'bench-pulse';
const PROBE = 'bench-probe';

/**
 * From the moment an engine says a container was paused or went on, to the frame in which its card says so. Between
 * two events passes another time each, so that they fall anywhere between frames, conflations and samples.
 */
export async function benchEventToPixels(lab: LabTools, page: Page) {
  const from = Date.now();
  await lab.runContainer({ name: NAME });
  try {
    const paused = cardSelector(NAME, 'attention');
    const green = cardSelector(NAME, 'green');
    // Green it may be further down than the window reaches: then it is gone from where it was.
    const shown = { pause: paused, unpause: `[aria-label="Fleet"]:not(:has(${paused}))` };
    await page.locator(green).or(page.locator('[aria-label="Fleet"]')).first().waitFor();
    await pause(2_000);
    const presented = { pause: [] as number[], unpause: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const action of ['pause', 'unpause'] as const) {
        const at = presentedAt(page, shown[action]);
        // The page has to be watching before it can happen.
        await page.evaluate(() => undefined);
        await lab.api.post(`/containers/${NAME}/${action}`);
        presented[action].push(await at);
        await pause(100 + 400 * Math.random());
      }
    }
    const times: number[] = [];
    for (const action of ['pause', 'unpause'] as const) {
      const happened = await engineTimes(lab, NAME, action, from);
      if (happened.length !== ROUNDS) throw new Error(`The engine tells of ${happened.length} of ${ROUNDS} events.`);
      times.push(...happened.map((at, index) => (presented[action][index] as number) - at));
    }
    const spread = spreadOf(times);
    return { events: spread.count, milliseconds: spread, p99: atMost(LIMIT_MS, spread.p99), floor: await floor(page) };
  } finally {
    await lab.removeContainer(NAME);
  }
}

/** The same, of a change that the page makes itself: what the browser and this machine take without Binnacle. */
async function floor(page: Page) {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const at = presentedAt(page, `html[data-${PROBE}="${round}"]`);
    const changed = await page.evaluate(
      ([name, value]) => {
        const now = performance.timeOrigin + performance.now();
        document.documentElement.setAttribute(`data-${name}`, `${value}`);
        return now;
      },
      [PROBE, round] as const,
    );
    times.push((await at) - changed);
    await pause(100 * Math.random());
  }
  return spreadOf(times);
}
