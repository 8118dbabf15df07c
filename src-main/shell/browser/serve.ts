import { watchForWake } from '../../fleet/wake-watch.ts';
import type { Clock } from '../../kernel/clock.ts';
import { limits } from '../../kernel/limits.ts';
import type { Services } from '../../router/services.ts';
import { startBrowserShell } from './browser-shell.ts';
import { linkForEachLine } from './link-requests.ts';
import type { LoopbackServer } from './loopback-server.ts';
import { type Opener, openBrowser } from './open-browser.ts';

export interface ServeRun {
  /** 0: any that is free. */
  readonly port: number;
  readonly rendererFolder: string;
  readonly openCore: () => Promise<AsyncDisposable & { readonly services: Services; wake(): void }>;
  /** null: no browser is opened. */
  readonly opener: Opener | null;
  readonly clock: Clock;
  readonly write: (text: string) => Promise<void>;
  /** Each line of it, whatever stands there, asks for a fresh link; null: nobody can ask. */
  readonly input: NodeJS.ReadableStream | null;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * `binnacle serve`: the page of a core, until `signal` is aborted. Links are printed one to a line, which scripts match:
 * `Binnacle is ready: http://127.0.0.1:PORT/#token=…`
 * @throws AppError what opening the core throws, PORT_IN_USE
 */
export async function serveInBrowser(run: ServeRun): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  const core = cleanup.use(await run.openCore());
  const { port, rendererFolder, signal, opener, clock } = run;
  const shell = cleanup.use(await startBrowserShell({ services: core.services, port, rendererFolder, clock }));
  if (signal.aborted) return;
  using _sleeping = watchForWake(clock, () => core.wake());
  await run.write(introduction(core.services.welcome.demo) + readyLine(shell) + HOW);
  if (opener !== null) openBrowser(opener, shell.url(opener.reach));
  using _asking = run.input === null ? null : linkForEachLine(run.input, () => void run.write(readyLine(shell)));
  // A slow reader may have kept the lines above waiting until after the end.
  if (signal.aborted) return;
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
}

function readyLine(shell: LoopbackServer): string {
  return `Binnacle is ready: ${shell.url()}\n`;
}

function introduction(isDemo: boolean): string {
  return isDemo
    ? 'This is the demo fleet: it is made up, and nothing of it is kept. Add a host of yours in its page.\n'
    : '';
}

const HOW = `The link opens one window, within ${limits.browser.tokenMs / 60_000} minutes. Enter prints another, Ctrl-C ends Binnacle.\n`;
