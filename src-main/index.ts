import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  nativeTheme,
  powerMonitor,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
} from 'electron';
import { type Home, openHome } from './home/home.ts';
import { resolveHome } from './home/location.ts';
import { systemClock } from './kernel/clock.ts';
import { toAppError } from './kernel/internal-error.ts';
import { createLogger, type Logger } from './kernel/logger.ts';
import { openCore } from './open-core.ts';
import { createRouter } from './router/router.ts';
import { serveMessagePort } from './router/serve-message-port.ts';
import { followBackground, followTheme, windowBackground } from './shell/desktop/appearance.ts';
import { closeAfterRuns } from './shell/desktop/closing.ts';
import { goOffline, guardContents, guardSession } from './shell/desktop/guards.ts';
import { menuTemplate } from './shell/desktop/menu.ts';
import { readDesktopOptions } from './shell/desktop/options.ts';
import { handOverPorts } from './shell/desktop/port-handover.ts';
import { followPower, powerPort } from './shell/desktop/power.ts';
import { keychainSecrets } from './shell/desktop/secrets.ts';
import { type DesktopContext, startDesktop } from './shell/desktop/start.ts';
import { keepWindowState, reloadAfterCrash, showWhenReady, windowOptions } from './shell/desktop/window.ts';
import { registerWindowScheme, serveWindowFiles } from './shell/desktop/window-files.ts';
import { WINDOW_URL } from './shell/desktop/window-page.ts';
import { openWindowState, type WindowStateStore } from './shell/desktop/window-state.ts';
import type { WindowCore } from './window-core.ts';

/** The core, and what of the window is read while the app still gets ready. */
interface Opened extends WindowCore {
  readonly windowState: WindowStateStore;
}

const here = import.meta.dirname;
const devTools = !app.isPackaged;
/** null until the home is known: only then is there a log. */
let log: Logger | null = null;

// The terminal it was started from may be closed; the window stays.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
app.setName('Binnacle');
const { fail } = await startDesktop<Opened>({
  app,
  clock: systemClock,
  async openHome(cleanup) {
    const { home: flag } = readDesktopOptions(process.argv);
    const { env, platform } = process;
    const home = await openHome(resolveHome({ flag, env, platform, cwd: process.cwd(), homedir }));
    log = cleanup.use(createLogger(home.logFile));
    return home;
  },
  prepare() {
    goOffline(app);
    registerWindowScheme(protocol);
    guardContents(app);
  },
  openCore: open,
  openWindow,
  toAppError: explain,
  showError: (title, text) => dialog.showErrorBox(title, text),
});
process.on('uncaughtException', fail);
process.on('unhandledRejection', (reason) => void explain(reason));

function explain(error: unknown) {
  return toAppError(error, log ?? { logInternal: () => 'not in the log' });
}

async function open(home: Home, signal: AbortSignal): Promise<Opened> {
  const { demo } = readDesktopOptions(process.argv);
  const keychain = keychainSecrets(safeStorage, process.platform);
  const [core, windowState] = await Promise.all([
    openCore({ home, demo, role: 'desktop', keychain, toAppError: explain, signal }),
    openWindowState(home),
  ]);
  return { ...core, windowState };
}

async function openWindow({ home, core, cleanup, fail }: DesktopContext<Opened>): Promise<BrowserWindow> {
  const { services, windowState } = core;
  const warn: Logger['warn'] = (message, facts) => log?.warn(message, facts);
  const info: Logger['info'] = (message, facts) => log?.info(message, facts);
  serveWindowFiles(protocol, join(here, '../renderer'));
  await guardSession(session.defaultSession, { devTools });
  const showHome = () => void shell.openPath(home.path);
  const menu = menuTemplate({ platform: process.platform, packaged: app.isPackaged, showHome });
  Menu.setApplicationMenu(Menu.buildFromTemplate(menu));
  cleanup.use(followTheme(services.settings, nativeTheme));

  const state = windowState.read(screen.getAllDisplays().map(({ workArea }) => workArea));
  const window = new BrowserWindow(
    windowOptions({
      state,
      background: windowBackground(nativeTheme),
      preload: join(here, '../preload/index.cjs'),
      icon: join(here, '../../resources/icon-256.png'),
      devTools,
    }),
  );
  cleanup.use(followBackground(window, nativeTheme));
  keepWindowState(window, windowState);
  cleanup.use(closeAfterRuns(window, services.actions));
  reloadAfterCrash(window, { clock: systemClock, warn, giveUp: fail });
  showWhenReady(window, state);
  // `npm start` waits for this line: without it, the window never opened.
  window.once('show', () => process.stdout.write('Binnacle is open.\n'));

  const router = cleanup.use(createRouter(services));
  cleanup.use(
    handOverPorts({
      ipcMain,
      contents: window.webContents,
      createChannel: () => new MessageChannelMain(),
      serve: (port) => serveMessagePort(router, port),
      warn,
    }),
  );
  cleanup.use(followPower(powerPort(powerMonitor), core, { info }));
  await window.loadURL(WINDOW_URL);
  return window;
}
