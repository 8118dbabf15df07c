import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { openBenchWindow, settled } from './bench-window.ts';
import { atMost, rounded } from './figures.ts';
import type { FrameFigures } from './frames.ts';
import { loopProbe } from './loop-probe.ts';
import { framesOf, scrollFor } from './page-frames.ts';
import { startSimulatedFleet } from './simulated-fleet.ts';

const HOSTS = 20;
const CONTAINERS = 2_000;
const MEASURED_MS = 30_000;
const EMPTY_MS = 10_000;
/** Two rounds of samples. */
const SETTLE_MS = 12_000;
const STARTS_MS = 90_000;
const LIMITS = { loopP99Ms: 20, slowShare: 0.05, scriptP95Ms: 8 };

/**
 * Core and window with a large fleet, while its loads move and things happen to it. Beside them, in the same run, what
 * the machine itself adds: the loop of a process that does nothing, and the frames of a page that shows nothing.
 */
export async function benchLargeFleet(progress: (line: string) => void) {
  progress(`${CONTAINERS} simulated containers on ${HOSTS} hosts …`);
  await using fleet = await startSimulatedFleet(HOSTS, CONTAINERS);
  await using probe = await loopProbe();
  await using idleProbe = await loopProbe();
  using idle = idleProcess(idleProbe.env);
  const started = performance.now();
  await using window = await openBenchWindow({ ...fleet, env: probe.env });
  const { browser, context, page, served } = window;
  await page
    .getByText(new RegExp(`\\b${HOSTS} hosts\\b`))
    .first()
    .waitFor({ timeout: STARTS_MS });
  await page.waitForFunction(
    (expected) => document.querySelectorAll('[aria-label="Hosts"] button:not([data-unseen])').length === expected,
    HOSTS,
    { timeout: STARTS_MS },
  );
  const allSeenMs = performance.now() - started;
  await settled(page, SETTLE_MS);

  const measure = async (what: string, work: () => Promise<void>) => {
    progress(`${what} …`);
    await Promise.all([probe.read(served.pid), idleProbe.read(idle.pid)]);
    const frames = judged(await framesOf(browser, page, work));
    const core = await probe.read(served.pid);
    return {
      ...frames,
      loop: { ...core, p99: atMost(LIMITS.loopP99Ms, core.p99) },
      idleProcessLoop: await idleProbe.read(idle.pid),
    };
  };
  const still = await measure('frames while it is only watched', () => pause(MEASURED_MS));
  const scrolling = await measure('frames while it is scrolled', () => scrollFor(page, MEASURED_MS));
  progress('frames of an empty page …');
  // The fleet goes on, and the core with it; only the window is gone.
  await page.close();
  const empty = await context.newPage();
  const emptyPage = await framesOf(browser, empty, () => pause(EMPTY_MS));
  return {
    hosts: HOSTS,
    containers: CONTAINERS,
    seconds: MEASURED_MS / 1_000,
    allSeenMs: rounded(allSeenMs),
    still,
    scrolling,
    emptyPage,
  };
}

function judged({ slowShare, scriptP95, ...others }: FrameFigures) {
  return {
    slowShare: atMost(LIMITS.slowShare, slowShare),
    scriptP95: atMost(LIMITS.scriptP95Ms, scriptP95),
    ...others,
  };
}

/** A process that waits, and is measured like the core. */
function idleProcess(env: NodeJS.ProcessEnv): Disposable & { readonly pid: number } {
  const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
  });
  return { pid: child.pid as number, [Symbol.dispose]: () => void child.kill() };
}
