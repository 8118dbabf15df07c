import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FakeServices } from '../src-main/router/services.fixture.ts';
import { describeChromium } from './chromium.ts';
import { opensHost, type Scene, stagedScene } from './screens/scene.ts';
import { openStage, type Stage } from './screens/stage.ts';
import { aReport, connectedBy } from './screens/staged-connections.ts';
import { atlas } from './screens/staged-fleet.ts';
import { passwordQuestion } from './screens/staged-states.ts';
import { STOPPED, staysAt, tells, upTo } from './screens/staged-trials.ts';

describeChromium('sheets of the window', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  const live = (services: FakeServices) => {
    services.fleet.put(atlas());
    connectedBy(aReport)(services);
    tells(STOPPED.reach)(services);
  };
  const on = async (core: (services: FakeServices) => void, act: Scene['act'], look: (page: Page) => Promise<void>) =>
    await stage.show(stagedScene('test', '', core, act), look);

  it('take Escape for themselves: the page under them stays, and so does its filter', async () => {
    await on(live, opensHost('atlas'), async (page) => {
      const dialogs = page.getByRole('dialog');
      const host = page.getByRole('heading', { level: 1, name: 'atlas' });
      await page.getByRole('button', { name: 'Test connection' }).click();
      await page.getByText('CONNECT_REFUSED').waitFor();
      await page.keyboard.press('Escape');
      await expect.poll(() => dialogs.count()).toBe(0);
      await page.waitForTimeout(200);
      expect(await host.count()).toBe(1);
      await page.keyboard.press('Escape');
      await expect.poll(() => host.count()).toBe(0);

      const filter = page.getByRole('textbox', { name: 'Filter' });
      await filter.fill('atlas');
      await page.keyboard.press('Control+k');
      await dialogs.waitFor();
      await page.keyboard.press('Escape');
      await expect.poll(() => dialogs.count()).toBe(0);
      await page.waitForTimeout(200);
      expect(await filter.inputValue()).toBe('atlas');
      await page.keyboard.press('Escape');
      await expect.poll(() => filter.inputValue()).toBe('');
    });
  });

  it('give the keyboard back to the form of a host whose test is left to change it', async () => {
    const opens: Scene['act'] = async (page) => await page.getByRole('button', { name: 'Add a host' }).click();
    await on(tells(STOPPED.reach), opens, async (page) => {
      const field = page.getByLabel('Where is it?');
      await field.fill('ops@atlas.example.org');
      await page.keyboard.press('Enter');
      await page.getByText('CONNECT_REFUSED').waitFor();
      await page.getByRole('button', { name: 'Change' }).click();
      await expect.poll(() => field.evaluate((input) => input === document.activeElement)).toBe(true);
    });
  });

  it('give it back once what a test asked was answered', async () => {
    const core = (services: FakeServices) => {
      staysAt(upTo('authenticate'), ({ questions }, trial) => {
        questions.waiting = [passwordQuestion({ trial })];
        questions.changed();
      })(services);
      services.questions.answer = async () => {
        services.questions.waiting = [];
        services.questions.changed();
      };
    };
    const opens: Scene['act'] = async (page) => await page.getByRole('button', { name: 'Add a host' }).click();
    await on(core, opens, async (page) => {
      await page.getByLabel('Where is it?').fill('ops@atlas.example.org');
      await page.keyboard.press('Enter');
      await page.getByLabel('Password of ops').fill('correct horse');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.getByLabel('Password of ops').count()).toBe(0);
      await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain('atlas.example.org');
    });
  });

  it('are loaded again, with their styles, where the browser dropped them because the network changed', async () => {
    const dropped: string[] = [];
    const scene: Scene = {
      ...stagedScene('test', '', live, async (page) => {
        await page.getByRole('heading', { level: 1 }).waitFor();
      }),
      // Before the page can have loaded any, which are then no longer asked for.
      way: async (page) => {
        await page.route(
          /\/assets\/(?:use-trial|text-field|test-host-sheet|host-page)[^/]*\.(?:css|js)$/,
          async (route) => {
            const { pathname } = new URL(route.request().url());
            if (dropped.includes(pathname)) return await route.continue();
            dropped.push(pathname);
            await route.abort('internetdisconnected');
          },
        );
      },
    };
    await stage.show(scene, async (page) => {
      await opensHost('atlas')(page, undefined as never);
      await page.getByRole('button', { name: 'Test connection' }).click();
      await page.getByText('CONNECT_REFUSED').waitFor();
      const display = (selector: string) =>
        page
          .locator(selector)
          .first()
          .evaluate((element) => getComputedStyle(element).display);
      expect(await display('[aria-label^="Steps on"] li')).toBe('grid');
      expect(dropped.filter((path) => path.endsWith('.css')).length).toBeGreaterThan(1);
    });
  });
});
