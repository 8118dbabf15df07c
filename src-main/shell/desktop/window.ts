import type { BrowserWindow, BrowserWindowConstructorOptions } from 'electron';
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { WINDOW_SIZE, type WindowState, type WindowStateStore } from './window-state.ts';

interface WindowLook {
  readonly state: WindowState;
  /** `#rrggbb` */
  readonly background: string;
  readonly preload: string;
  readonly icon: string;
  readonly devTools: boolean;
}

/** The one window: sandboxed, isolated, offline (DESIGN rule 8), and not to be seen before there is something to see. */
export function windowOptions({
  state,
  background,
  preload,
  icon,
  devTools,
}: WindowLook): BrowserWindowConstructorOptions {
  return {
    ...WINDOW_SIZE,
    ...state.bounds,
    show: false,
    title: 'Binnacle',
    icon,
    backgroundColor: background,
    autoHideMenuBar: true,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      plugins: false,
      webgl: false,
      navigateOnDragDrop: false,
      disableDialogs: true,
      spellcheck: false,
      devTools,
      // A window nobody sees paints nothing, and says so to the core, which then sends it nothing: a night in the
      // background costs next to none. What must be said to somebody who does not look is a notification's matter.
      backgroundThrottling: true,
    },
  };
}

/** Shows the window once its page has painted, as it was left. */
export function showWhenReady(window: BrowserWindow, { maximized }: Pick<WindowState, 'maximized'>): void {
  window.once('ready-to-show', () => {
    if (maximized) window.maximize();
    window.show();
  });
}

/** Written as it closes: what is lost with a crash is where it stood. */
export function keepWindowState(window: BrowserWindow, store: Pick<WindowStateStore, 'write'>): void {
  window.on('close', () => store.write({ bounds: window.getNormalBounds(), maximized: window.isMaximized() }));
}

interface Recovery {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly warn: (message: string, facts: Readonly<Record<string, unknown>>) => void;
  /** Told where the page crashes again within `limits.desktop.crashPauseMs`. */
  readonly giveUp: (error: AppError) => void;
}

/** Loads the page anew when its process has died: an operator leaves it open all day, and the core is still there. */
export function reloadAfterCrash(window: BrowserWindow, { clock, warn, giveUp }: Recovery): void {
  let last = Number.NEGATIVE_INFINITY;
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit') return;
    warn("the window's page has died", { reason, exitCode });
    const now = clock.monotonic();
    if (now - last < limits.desktop.crashPauseMs) {
      giveUp(
        new AppError('INTERNAL', "The window's page died twice in a row.", {
          hint: 'Start Binnacle again. If it happens again, binnacle serve shows the same in a browser.',
        }),
      );
      return;
    }
    last = now;
    // Not from within the event: its process is still being taken down.
    setImmediate(() => {
      if (!window.isDestroyed()) window.webContents.reload();
    });
  });
}
