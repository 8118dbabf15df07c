import { app } from 'electron';
import { serveWindowFiles } from './shell/desktop/protocol.ts';
import { openWindow } from './shell/desktop/window.ts';

// One desktop per home: a second start brings the first to the front.
if (app.requestSingleInstanceLock()) {
  const serve = serveWindowFiles();
  const window = app.whenReady().then(() => {
    serve();
    return openWindow();
  });
  app.on('second-instance', () => {
    void window.then((opened) => {
      if (opened.isMinimized()) opened.restore();
      opened.focus();
    });
  });
  app.on('window-all-closed', () => app.quit());
} else {
  app.quit();
}
