import type { App, Session, WebContents } from 'electron';
import { isWindowPage, isWindowUrl } from './window-page.ts';

/**
 * Keeps Chromium off the network, whatever a page might find (DESIGN rule 8). The core's own connections are Node's and
 * know nothing of it. To be called before the app is ready.
 */
export function goOffline(app: Pick<App, 'enableSandbox' | 'commandLine'>): void {
  // Every page there could ever be, also one that asked for less.
  app.enableSandbox();
  // No name and no address leads anywhere; devtools and test drivers come in on a socket of ours and are not asked.
  app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND');
  app.commandLine.appendSwitch('disable-background-networking');
}

type GuardedSession = Pick<
  Session,
  | 'setPermissionRequestHandler'
  | 'setPermissionCheckHandler'
  | 'setDevicePermissionHandler'
  | 'setDisplayMediaRequestHandler'
  | 'setSpellCheckerEnabled'
  | 'setProxy'
  | 'webRequest'
  | 'on'
>;

/**
 * Denies what pages may ask a session for; Electron would approve most of it. To be called once the app is ready.
 * @param devTools lets the developer tools load their own pages
 */
export async function guardSession(session: GuardedSession, { devTools }: { devTools: boolean }): Promise<void> {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, answer) => answer(null));
  session.on('will-download', (event) => event.preventDefault());
  // Its dictionaries would be fetched from Google.
  session.setSpellCheckerEnabled(false);
  session.webRequest.onBeforeRequest(({ url }, answer) =>
    answer({ cancel: !isWindowUrl(url) && !(devTools && url.startsWith('devtools://')) }),
  );
  // `system`, the default, may ask the network for a proxy script.
  await session.setProxy({ mode: 'direct' });
}

/**
 * Keeps every page where it is: no navigation but the window's own reload, no new windows, no embedded pages. To be
 * called before there is a page.
 */
export function guardContents(app: Pick<App, 'on'>): void {
  app.on('web-contents-created', (_event, contents) => guardPage(contents));
}

function guardPage(contents: WebContents): void {
  contents.on('will-frame-navigate', (event) => {
    // `location.reload()` comes here too, and is how a window follows a newer core.
    if (!event.isMainFrame || !isWindowPage(event.url)) event.preventDefault();
  });
  contents.on('will-navigate', (event) => {
    if (!isWindowPage(event.url)) event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp');
}
