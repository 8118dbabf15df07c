import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ElectronApplication, _electron as electron, type Page } from 'playwright-core';

const ROOT = join(import.meta.dirname, '../..');

/** Set by `scripts/verify-desktop.mjs`. */
const RUNTIME = process.env.BINNACLE_RUNTIME ?? '';

/** A desktop that runs on a home of its own and shows the demo fleet. */
export interface RunningDesktop extends AsyncDisposable {
  readonly app: ElectronApplication;
  readonly page: Page;
  readonly home: string;
  /** Program and options that start it again on the same home. */
  readonly command: readonly [string, readonly string[]];
}

export async function openDesktop(): Promise<RunningDesktop> {
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-desktop-'));
  const home = join(folder, 'home');
  const args = [ROOT, '--demo', '--home', home];
  // Playwright leaves the sandbox out unless it is told; a window without it is none of ours.
  const app = await electron.launch({ executablePath: RUNTIME, args, chromiumSandbox: true, colorScheme: null });
  return {
    app,
    page: await app.firstWindow(),
    home,
    command: [RUNTIME, args],
    async [Symbol.asyncDispose]() {
      await app.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
