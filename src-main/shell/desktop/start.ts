import { join } from 'node:path';
import type { Home } from '../../home/home.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';

/** The window, as far as it is brought to the front. */
export interface DesktopWindow {
  isMinimized(): boolean;
  restore(): void;
  /** It may be out of sight, and wait for a run to end. */
  show(): void;
  focus(): void;
}

/** The part of Electron's `app` that start and end are made of. */
export interface DesktopApp {
  setPath(name: 'userData' | 'sessionData', path: string): void;
  requestSingleInstanceLock(): boolean;
  whenReady(): Promise<void>;
  on(event: 'second-instance' | 'window-all-closed', listener: () => void): unknown;
  on(event: 'will-quit', listener: (event: { preventDefault(): void }) => void): unknown;
  quit(): void;
  exit(code: number): void;
}

export interface DesktopParts<Core extends AsyncDisposable> {
  readonly app: DesktopApp;
  readonly clock: Clock;
  /** What has to end last of all is added to `cleanup`. @throws AppError HOME_UNUSABLE, USAGE */
  readonly openHome: (cleanup: AsyncDisposableStack) => Promise<Home>;
  /** What has to be done before the app is ready, at once. */
  readonly prepare: () => void;
  /** Begun while the app still gets ready. @throws AppError HOME_LOCKED, HOME_UNUSABLE, or the signal's own */
  readonly openCore: (home: Home, signal: AbortSignal) => Promise<Core>;
  /** Resolves once the window's page has loaded. What has to end before the core is added to `cleanup`. */
  readonly openWindow: (context: DesktopContext<Core>) => Promise<DesktopWindow>;
  readonly toAppError: (error: unknown) => AppError;
  /** Shows it until the person has closed it. */
  readonly showError: (title: string, text: string) => void;
}

/** What a window is opened with. */
export interface DesktopContext<Core> extends Desktop {
  readonly home: Home;
  readonly core: Core;
  readonly cleanup: AsyncDisposableStack;
}

/** A desktop that runs, or tries to. */
export interface Desktop {
  /** Tells what went wrong, and ends the app. Only the first failure is told. */
  fail(error: unknown): void;
}

/**
 * Starts the desktop on its home. Resolves when all is done that must be done before the app is ready: Electron holds
 * that back for as long as its entry module is awaited. What fails, then or later, is told, and ends the app. When the
 * app quits, everything is disposed in reverse order, within `limits.desktop.closeMs`.
 */
export async function startDesktop<Core extends AsyncDisposable>(parts: DesktopParts<Core>): Promise<Desktop> {
  const { app } = parts;
  const cleanup = new AsyncDisposableStack();
  const desktop = failing(parts, cleanup);
  try {
    const home = await parts.openHome(cleanup);
    // First of all: the lock below is of this folder, so that there is one desktop for each home.
    app.setPath('userData', home.path);
    // What Chromium keeps stays apart from what Binnacle keeps.
    app.setPath('sessionData', join(home.path, 'session'));
    if (!app.requestSingleInstanceLock()) {
      app.quit();
      return desktop;
    }
    parts.prepare();
    endInOrder(parts, cleanup);
    void show(parts, { home, cleanup, desktop });
  } catch (error) {
    desktop.fail(error);
  }
  return desktop;
}

interface Start {
  readonly home: Home;
  readonly cleanup: AsyncDisposableStack;
  readonly desktop: Desktop;
}

async function show<Core extends AsyncDisposable>(
  { app, openCore, openWindow }: DesktopParts<Core>,
  { home, cleanup, desktop }: Start,
): Promise<void> {
  let closed = false;
  app.on('window-all-closed', () => {
    closed = true;
    app.quit();
  });
  const giveUp = new AbortController();
  const opening = openCore(home, giveUp.signal);
  cleanup.defer(async () => {
    giveUp.abort();
    const core = await opening.catch(() => null);
    await core?.[Symbol.asyncDispose]();
  });
  const window = Promise.all([opening, app.whenReady()]).then(([core]) =>
    // Somebody may have had it quit meanwhile.
    cleanup.disposed ? null : openWindow({ home, core, cleanup, fail: desktop.fail }),
  );
  // A second start brings the first to the front.
  app.on('second-instance', () => void window.then(bringToFront, () => undefined));
  try {
    await window;
  } catch (error) {
    // A window that was closed while it loaded is no fault.
    if (!closed && !cleanup.disposed) desktop.fail(error);
  }
}

function bringToFront(window: DesktopWindow | null): void {
  if (window?.isMinimized()) window.restore();
  window?.show();
  window?.focus();
}

/** The app ends when all is disposed, or at the bound; the system takes back what is left then. */
function endInOrder<Core extends AsyncDisposable>(
  { app, clock, toAppError }: DesktopParts<Core>,
  cleanup: AsyncDisposableStack,
): void {
  let ended = false;
  app.on('will-quit', (event) => {
    if (ended) return;
    event.preventDefault();
    if (cleanup.disposed) return;
    void bounded(clock, cleanup.disposeAsync())
      .catch((error: unknown) => void toAppError(error))
      .then(() => {
        ended = true;
        app.quit();
      });
  });
}

function failing<Core extends AsyncDisposable>(
  { app, clock, toAppError, showError }: DesktopParts<Core>,
  cleanup: AsyncDisposableStack,
): Desktop {
  let failed = false;
  const tell = async ({ message, hint }: AppError) => {
    // Before it is ready, Linux has no dialogs.
    await app.whenReady();
    showError('Binnacle cannot go on', hint === null ? message : `${message}\n\n${hint}`);
    await bounded(clock, cleanup.disposeAsync()).catch(() => undefined);
    app.exit(1);
  };
  return {
    fail(error) {
      const told = toAppError(error);
      if (failed) return;
      failed = true;
      void tell(told);
    },
  };
}

async function bounded(clock: Clock, work: Promise<void>): Promise<void> {
  await Promise.race([work, clock.sleep(limits.desktop.closeMs)]);
}
