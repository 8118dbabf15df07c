import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, it } from 'vitest';
import { describeChromium } from './chromium.ts';
import { scenes } from './screens/scenes.ts';
import { dress, openStage, type Stage, THEMES } from './screens/stage.ts';

/** What the script leaves on the page, as far as it is used. */
interface Axe {
  getRules(): readonly { readonly ruleId: string }[];
  run(options: object): Promise<AxeResults>;
}

const AXE = join(import.meta.dirname, '../node_modules/axe-core/axe.min.js');

describeChromium('axe', () => {
  let stage: Stage;
  let axe: string;

  beforeAll(async () => {
    axe = await readFile(AXE, 'utf8');
    stage = await openStage();
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  it.concurrent.for(scenes)('finds nothing at $name, in either theme', async (scene, { expect }) => {
    const found = await stage.show(scene, async (page) => {
      await page.evaluate(axe);
      const violations: Record<string, readonly string[]> = {};
      for (const [index, theme] of THEMES.entries()) {
        await dress(page, theme, scene.sizes[0] ?? { width: 1280, height: 800 });
        violations[theme] = await violationsOn(page, index === 0 ? null : OF_COLOURS);
      }
      return violations;
    });
    expect(found).toEqual({ night: [], day: [] });
  });
});

/** Asks for a contrast of 7:1; the look promises 4.5:1, which `color-contrast` checks. */
const BEYOND_THE_LOOK = 'color-contrast-enhanced';

/** A theme differs from the other in its colours alone: what else there is to find was found in the first. */
const OF_COLOURS: readonly string[] = ['color-contrast', 'link-in-text-block'];

/**
 * @param only the rules to go by; null: every one there is, those of good practice and those that axe still tries out
 * included
 */
async function violationsOn(page: Page, only: readonly string[] | null): Promise<readonly string[]> {
  return await page.evaluate(
    async ({ wanted, left }) => {
      const { axe } = window as unknown as { readonly axe: Axe };
      const isOn = (id: string) => id !== left && (wanted === null || wanted.includes(id));
      const rules = Object.fromEntries(axe.getRules().map(({ ruleId }) => [ruleId, { enabled: isOn(ruleId) }]));
      const { violations } = await axe.run({ rules, resultTypes: ['violations'] });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`),
      );
    },
    { wanted: only, left: BEYOND_THE_LOOK },
  );
}
