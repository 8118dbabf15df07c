import type { Home } from '../../home/home.ts';
import { AppError } from '../../kernel/errors.ts';

/** The window, as far as it is brought to the front. */
export interface DesktopWindow {
  isMinimized(): boolean;
  restore(): void;
  focus(): void;
}

/** The part of Electron's `app` the start is made of. */
export interface DesktopApp {
  setPath(name: 'userData', path: string): void;
  requestSingleInstanceLock(): boolean;
  whenReady(): Promise<void>;
  on(event: 'second-instance', listener: () => void): unknown;
  on(event: 'window-all-closed', listener: () => void): unknown;
  quit(): void;
  exit(code: number): void;
}

export interface DesktopParts {
  readonly app: DesktopApp;
  /** @throws AppError HOME_UNUSABLE */
  readonly openHome: () => Promise<Home>;
  /** To be called before the app is ready; what it returns, after. */
  readonly serveWindowFiles: () => () => void;
  /** Resolves once the window's page has loaded. */
  readonly openWindow: () => Promise<DesktopWindow>;
  /** Shows it until the person has closed it. */
  readonly showError: (title: string, text: string) => void;
}

/**
 * Starts the desktop on its home. Resolves when all is done that must be done before the app is ready: Electron holds
 * that back for as long as its entry module is awaited. What fails, then or later, is told, and ends the app.
 */
export async function startDesktop(parts: DesktopParts): Promise<void> {
  const { app, openHome, serveWindowFiles } = parts;
  try {
    const home = await openHome();
    // First of all: the lock below is of this folder, so that there is one desktop for each home.
    app.setPath('userData', home.path);
    if (!app.requestSingleInstanceLock()) {
      app.quit();
      return;
    }
    void show(parts, serveWindowFiles());
  } catch (error) {
    fail(parts, error);
  }
}

async function show(parts: DesktopParts, serve: () => void): Promise<void> {
  const { app, openWindow } = parts;
  let closed = false;
  app.on('window-all-closed', () => {
    closed = true;
    app.quit();
  });
  const window = app.whenReady().then(() => {
    serve();
    return openWindow();
  });
  // A second start brings the first to the front.
  app.on('second-instance', () => void window.then(bringToFront, () => undefined));
  try {
    await window;
  } catch (error) {
    // A window that was closed while it loaded is no fault.
    if (!closed) fail(parts, error);
  }
}

function bringToFront(window: DesktopWindow): void {
  if (window.isMinimized()) window.restore();
  window.focus();
}

function fail({ app, showError }: DesktopParts, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof AppError ? error.hint : null;
  showError('Binnacle could not start', hint === null ? message : `${message}\n\n${hint}`);
  app.exit(1);
}
