import type { Page } from 'playwright-core';
import type { FakeServices } from '../../src-main/router/services.fixture.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The two that every page is judged by. */
export const USUAL_SIZES: readonly Size[] = [
  { width: 1280, height: 800 },
  { width: 900, height: 600 },
];

/** One thing there is to see, and how to get to it. */
export interface Scene {
  /** Names its pictures. */
  readonly name: string;
  /** What is to be seen, for the index. */
  readonly shows: string;
  readonly sizes: readonly Size[];
  /** The demo as `binnacle serve --demo` runs it; or a core of which only the domains are staged. */
  readonly core: 'demo' | ((services: FakeServices) => void);
  /** What stands between the page and its core, before it is opened. */
  readonly way?: (page: Page) => Promise<void>;
  /** From the opened page to what is to be seen; returns when it is there. */
  readonly act: (page: Page, core: { end(): Promise<void> }) => Promise<void>;
}

type Act = Scene['act'];

export function demoScene(name: string, shows: string, act: Act): Scene {
  return { name, shows, sizes: USUAL_SIZES, core: 'demo', act };
}

export function stagedScene(name: string, shows: string, core: (services: FakeServices) => void, act: Act): Scene {
  return { name, shows, sizes: USUAL_SIZES, core, act };
}

/** Waits until this text stands on the page. */
export function sees(text: string | RegExp): Act {
  return async (page) => await page.getByText(text).first().waitFor();
}

/** One after the other. */
export function inOrder(...acts: readonly Act[]): Act {
  return async (page, core) => {
    for (const act of acts) await act(page, core);
  };
}

/** Clicks the button of that name. */
export function clicks(name: string | RegExp): Act {
  return async (page) => await page.getByRole('button', { name, exact: true }).first().click();
}

export function presses(key: string): Act {
  return async (page) => await page.keyboard.press(key);
}

export function opensHost(label: string): Act {
  return async (page) =>
    await page.getByRole('list', { name: 'Hosts' }).getByRole('button').filter({ hasText: label }).click();
}
