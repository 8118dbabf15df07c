import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { fakeServices } from '../../src-main/router/services.fixture.ts';
import { startBrowserShell } from '../../src-main/shell/browser/browser-shell.ts';
import { launchChromium } from '../chromium.ts';
import { makeHome, type Served, serve } from '../window.ts';
import type { Scene, Size } from './scene.ts';
import { summaryFor } from './staged-fleet.ts';

const RENDERER = join(import.meta.dirname, '../../out/renderer');
const LARGE: Size = { width: 1280, height: 800 };

export type Theme = 'night' | 'day';
export const THEMES: readonly Theme[] = ['night', 'day'];

/** Where scenes are shown: one browser, and the demo once it is asked for. */
export interface Stage extends AsyncDisposable {
  /** Brings the scene to where it is to be seen, by night and at its smallest, and hands its page over. */
  show<T>(scene: Scene, use: (page: Page) => Promise<T>): Promise<T>;
}

/** The page has to have been built. */
export async function openStage(): Promise<Stage> {
  await using cleanup = new AsyncDisposableStack();
  const browser = cleanup.adopt(await launchChromium(), (open) => open.close());
  const idle: Page[] = [];
  let demo: Promise<Served> | null = null;
  const owned = cleanup.move();
  const startDemo = async () => owned.use(await serve(owned.use(await makeHome([])), ['--demo']));
  return {
    async show(scene, use) {
      await using core = await coreFor(scene, () => (demo ??= startDemo()));
      const page = idle.pop() ?? (await newPage(browser));
      let reusable = false;
      try {
        await dress(page, 'night', scene.sizes.at(-1) ?? LARGE);
        await scene.way?.(page);
        await page.goto(await core.link());
        await scene.act(page, core);
        const outcome = await use(page);
        await page.goto('about:blank');
        // What was put in the way stays there.
        reusable = scene.way === undefined;
        return outcome;
      } finally {
        if (reusable) idle.push(page);
        else await page.context().close();
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Gives the page that theme and size, and waits until it stands still. */
export async function dress(page: Page, theme: Theme, size: Size): Promise<void> {
  await page.emulateMedia({ colorScheme: theme === 'night' ? 'dark' : 'light', reducedMotion: 'reduce' });
  await page.setViewportSize(size);
  // Where nothing answers to it.
  await page.mouse.move(0, 0);
  await page.evaluate(async () => {
    await document.fonts.ready;
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  });
}

async function newPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ timezoneId: 'UTC', locale: 'en-GB' });
  context.setDefaultTimeout(20_000);
  return await context.newPage();
}

interface SceneCore extends AsyncDisposable {
  link(): Promise<string>;
  /** As if it had been stopped. */
  end(): Promise<void>;
}

async function coreFor({ core, name }: Scene, demo: () => Promise<Served>): Promise<SceneCore> {
  if (core === 'demo') {
    const served = await demo();
    const end = async () => {
      throw new Error(`${name}: other scenes need the demo.`);
    };
    return { link: () => served.link(), end, async [Symbol.asyncDispose]() {} };
  }
  const services = fakeServices();
  services.fleet.summary = () => summaryFor([...services.fleet.snapshots.values()]);
  core(services);
  const shell = await startBrowserShell({ services, port: 0, rendererFolder: RENDERER });
  return {
    link: async () => shell.url(),
    end: async () => await shell[Symbol.asyncDispose](),
    async [Symbol.asyncDispose]() {
      await shell[Symbol.asyncDispose]();
      if (services.bugs.length > 0) throw new AggregateError(services.bugs, `${name}: the staged core has faults.`);
    },
  };
}
