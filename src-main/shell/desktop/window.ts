import { join } from 'node:path';
import { BrowserWindow, session } from 'electron';
import { WINDOW_URL } from './protocol.ts';

/** The one window: sandboxed, isolated, offline (DESIGN rule 8). Resolves once its page has loaded. */
export async function openWindow(): Promise<BrowserWindow> {
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.defaultSession.setPermissionCheckHandler(() => false);
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    minWidth: 900,
    minHeight: 600,
    title: 'Binnacle',
    webPreferences: {
      preload: join(import.meta.dirname, '../preload/index.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
    },
  });
  window.webContents.on('will-navigate', (event) => event.preventDefault());
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  await window.loadURL(WINDOW_URL);
  return window;
}
