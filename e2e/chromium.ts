import { accessSync, constants } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { describe } from 'vitest';

/** Where Debian puts it. */
const PROGRAM = '/usr/bin/chromium';

/**
 * A real Chromium, without a window and with nothing that talks to the network by itself. No sandbox: journeys run as
 * root, and load nothing but what they serve themselves.
 * @param extraArgs such as `--host-resolver-rules=MAP evil.example 127.0.0.1`
 */
export async function launchChromium(extraArgs: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({
    executablePath: PROGRAM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...extraArgs,
    ],
  });
}

/** Why there can be no journey here; null: there can. */
export function missingChromium(): string | null {
  try {
    accessSync(PROGRAM, constants.X_OK);
    return null;
  } catch {
    return 'There is no chromium (Debian: chromium).';
  }
}

/**
 * A suite that needs Chromium. Without it the suite is skipped with the reason printed; under BINNACLE_LAB=required
 * the run fails instead.
 */
export function describeChromium(name: string, suite: () => void): void {
  const missing = missingChromium();
  if (missing === null) {
    describe(name, suite);
    return;
  }
  if (process.env.BINNACLE_LAB === 'required') throw new Error(`${name} is required and cannot run: ${missing}`);
  console.warn(`skipped: ${missing}`);
  // With its tests, so that they are counted.
  describe.skip(`${name} (skipped: ${missing})`, suite);
}
