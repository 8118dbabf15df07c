import { registerHooks } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import type { contract } from '#contract/contract.ts';
import { CONTRACT_VERSION } from '#contract/version.ts';
import {
  appDouble,
  FrameDouble,
  ipcMainDouble,
  page,
  preventable,
  protocolDouble,
  sessionDouble,
  stage,
  themeDouble,
  WindowDouble,
} from './electron-parts.fixture.ts';

/**
 * A process of its own that runs the built bundle `argv[2]` in front of the electron double, plays scene `argv[3]`, and
 * sends its parent what came of it. The options that follow are the desktop's own.
 */
const [bundle = '', scene = ''] = process.argv.splice(2, 2);

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron'
      ? {
          url: import.meta.resolve('./electron-double.fixture.ts'),
          format: 'module-typescript',
          shortCircuit: true,
        }
      : next(specifier, context),
});

/** Resolves once the window has been shown. */
async function open(): Promise<WindowDouble> {
  await import(pathToFileURL(bundle).href);
  stage.isReady = true;
  stage.makeReady();
  await until(() => stage.did.some(([what]) => what === 'show'));
  return WindowDouble.only();
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setImmediate();
}

const named = (name: string) => stage.did.filter(([what]) => what === name);

/** Asks the page's preload for a port, as the page does, and takes it. */
async function connect() {
  const before = page.got.length;
  (page.exposed.binnacle as { connect(): void }).connect();
  await until(() => page.got.length > before);
  const got = page.got.at(-1);
  const [port] = got?.ports ?? [];
  if (got === undefined || port === undefined) throw new Error('no port came');
  const closed = new Promise<void>((resolve) => port.once('close', () => resolve()));
  const client: ContractRouterClient<typeof contract> = createORPCClient(new RPCLink({ port }));
  port.start();
  return { client, closed, posted: { data: got.data, targetOrigin: got.targetOrigin, ports: got.ports.length } };
}

// Electron's own loop runs until it is told to end.
const alive = setInterval(() => undefined, 1_000);

/** What is looked at in one window, one after the other. */
const looks: Readonly<Record<string, (window: WindowDouble) => unknown>> = {
  /** What was done with Electron up to the window, in order. */
  start() {
    return [...stage.did];
  },

  /** What the session answers. */
  async session(window) {
    const { permissionRequest, permissionCheck, devicePermission, displayMedia, beforeRequest } = sessionDouble;
    const contents = window.webContents as never;
    const answers: unknown[] = [];
    permissionRequest?.(contents, 'clipboard-read', (granted) => answers.push(granted), {} as never);
    displayMedia?.({} as never, (streams) => answers.push(streams));
    const download = preventable({});
    sessionDouble.emit('will-download', download);
    const cancelled = (url: string) => {
      let cancel: boolean | undefined;
      beforeRequest?.({ url }, (answer) => {
        cancel = answer.cancel;
      });
      return cancel;
    };
    const urls = ['binnacle://app/assets/a.js', 'devtools://devtools/x.html', 'binnacle://other/', ...OUTSIDE];
    return {
      permissionRequest: answers[0],
      displayMedia: answers[1],
      permissionCheck: permissionCheck?.(contents, 'media', 'binnacle://app', {} as never),
      devicePermission: devicePermission?.({} as never),
      downloadPrevented: download.defaultPrevented,
      cancelled: Object.fromEntries(urls.map((url) => [url, cancelled(url)])),
    };
  },

  /** Which navigations are prevented. */
  async navigation(window) {
    const { webContents } = window;
    const prevented = (name: string, url: string, isMainFrame: boolean) => {
      const event = preventable({ url, isMainFrame });
      webContents.emit(name, event);
      return event.defaultPrevented;
    };
    const own = 'binnacle://app/index.html';
    return {
      reload: [prevented('will-frame-navigate', own, true), prevented('will-navigate', own, true)],
      ownPageInFrame: prevented('will-frame-navigate', own, false),
      otherOwnFile: prevented('will-navigate', 'binnacle://app/assets/a.svg', true),
      redirect: prevented('will-redirect', own, true),
      webview: prevented('will-attach-webview', own, true),
      outside: OUTSIDE.map((url) => [
        prevented('will-frame-navigate', url, true),
        prevented('will-navigate', url, true),
        webContents.openHandler?.({ url }),
      ]),
    };
  },

  /** Headers of the page, and of what is refused. */
  async responses() {
    const serve = protocolDouble.handlers.get('binnacle');
    const get = async (url: string) => {
      const response = await serve?.(new Request(url));
      return { status: response?.status, headers: Object.fromEntries(response?.headers ?? []) };
    };
    return [await get('binnacle://app/index.html'), await get('binnacle://app/../main/index.js')];
  },

  /** Who is given a port. */
  async senders(window) {
    const { webContents } = window;
    const ask = (event: { sender?: unknown; senderFrame?: unknown }, url = 'binnacle://app/index.html') => {
      webContents.mainFrame.url = url;
      const before = named('channel').length;
      ipcMainDouble.emit(
        'binnacle:connect',
        { sender: webContents, senderFrame: webContents.mainFrame, ports: [], ...event },
        null,
      );
      return named('channel').length - before;
    };
    return {
      nullFrame: ask({ senderFrame: null }),
      frameWithin: ask({ senderFrame: new FrameDouble('binnacle://app/index.html') }),
      otherContents: ask({ sender: {} }),
      wrongPage: ask({}, 'https://app/index.html'),
      otherOrigin: ask({}, 'binnacle://other/index.html'),
      blank: ask({}, 'about:blank'),
      itself: ask({}),
      listenedTo: ipcMainDouble.eventNames(),
    };
  },

  /** A port, a reload, another port. */
  async ports(window) {
    const { webContents } = window;
    const bridge = Object.fromEntries(
      Object.entries(page.exposed.binnacle ?? {}).map(([name, it]) => [name, typeof it]),
    );
    const first = await connect();
    const welcome = await first.client.session.hello({ contractVersion: CONTRACT_VERSION });
    const second = await connect();
    await first.closed;
    const again = await second.client.session.hello({ contractVersion: CONTRACT_VERSION });
    webContents.emit('did-navigate', {}, 'binnacle://app/index.html');
    await second.closed;
    return { exposed: Object.keys(page.exposed), bridge, posted: first.posted, welcome, again };
  },

  /** The theme that is set is that of the frame, too. */
  async theme() {
    const { client } = await connect();
    await client.session.hello({ contractVersion: CONTRACT_VERSION });
    await client.settings.change({ theme: 'day' });
    await until(() => themeDouble.themeSource === 'light');
    return [...named('theme'), ...named('background')];
  },

  async focus() {
    stage.did.length = 0;
    appDouble.emit('second-instance');
    await until(() => stage.did.length === 3);
    return [...stage.did];
  },
};

const scenes: Readonly<Record<string, () => Promise<unknown>>> = {
  /** Every look at one window. */
  async tour() {
    const window = await open();
    const seen: Record<string, unknown> = {};
    for (const [name, look] of Object.entries(looks)) seen[name] = await look(window);
    return seen;
  },

  async packaged() {
    stage.packaged = true;
    stage.dark = false;
    const { options } = await open();
    let devTools: boolean | undefined;
    sessionDouble.beforeRequest?.({ url: 'devtools://devtools/x.html' }, ({ cancel }) => {
      devTools = !cancel;
    });
    return { options, menu: named('menu'), devTools };
  },

  /** What the page learns first. */
  async hello() {
    await open();
    const { client } = await connect();
    return await client.session.hello({ contractVersion: CONTRACT_VERSION });
  },

  /** The window is moved and closed. */
  async quit() {
    const window = await open();
    const { client, closed } = await connect();
    await client.session.hello({ contractVersion: CONTRACT_VERSION });
    Object.assign(window, { bounds: { x: 40, y: 50, width: 1000, height: 700 }, maximized: true });
    window.close();
    await closed;
    return await stage.exited.promise;
  },

  /** Where the window was left, on the displays there are now. */
  async reopen() {
    const window = await open();
    const { x, y, width, height } = window.options;
    return { bounds: { x, y, width, height }, maximized: window.maximized };
  },

  async second() {
    stage.first = false;
    await import(pathToFileURL(bundle).href);
    const code = await stage.exited.promise;
    return [[...stage.did], code];
  },

  /** The page dies, and dies again. */
  async crash() {
    const { webContents } = await open();
    const die = () => webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 });
    stage.did.length = 0;
    die();
    await until(() => named('reload').length === 1);
    die();
    await stage.exited.promise;
    return [...stage.did];
  },

  /** Something keeps it from starting. */
  async refused() {
    await import(pathToFileURL(bundle).href);
    stage.isReady = true;
    stage.makeReady();
    await stage.exited.promise;
    return [...named('window'), ...named('error'), ...named('exit')];
  },
};

const OUTSIDE = ['https://example.org/', 'http://127.0.0.1:8080/', 'file:///etc/passwd', 'data:text/html,x', 'ws://x/'];

const play = scenes[scene];
if (play === undefined) throw new Error(`there is no scene ${scene}`);
const outcome = await play();
// As a person ends it: nothing of it shall be left on the disk.
appDouble.quit();
await stage.exited.promise;
clearInterval(alive);
process.send?.(outcome, () => process.exit(0));
