import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeChromium } from './chromium.ts';
import { scenes } from './screens/scenes.ts';
import { dress, openStage, type Stage, THEMES } from './screens/stage.ts';

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

  it.each(scenes)('finds nothing at $name, in either theme', async (scene) => {
    const found = await stage.show(scene, async (page) => {
      await page.evaluate(axe);
      const violations: Record<string, readonly string[]> = {};
      for (const theme of THEMES) {
        await dress(page, theme, scene.sizes[0] ?? { width: 1280, height: 800 });
        violations[theme] = await violationsOn(page);
      }
      return violations;
    });
    expect(found).toEqual({ night: [], day: [] });
  });
});

/** Of every rule there is, those of good practice and those still tried out included. */
async function violationsOn(page: Page): Promise<readonly string[]> {
  return await page.evaluate(async () => {
    const { axe } = window as unknown as { readonly axe: { run(options: object): Promise<AxeResults> } };
    const { violations } = await axe.run({ resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`),
    );
  });
}
