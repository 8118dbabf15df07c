import { homedir } from 'node:os';
import { app, dialog } from 'electron';
import { openHome } from './home/home.ts';
import { resolveHome } from './home/location.ts';
import { serveWindowFiles } from './shell/desktop/protocol.ts';
import { startDesktop } from './shell/desktop/start.ts';
import { openWindow } from './shell/desktop/window.ts';

const { env, platform } = process;

await startDesktop({
  app,
  openHome: async () => await openHome(resolveHome({ flag: null, env, platform, cwd: process.cwd(), homedir })),
  serveWindowFiles,
  openWindow,
  showError: (title, text) => dialog.showErrorBox(title, text),
});
