import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type {
  BrowserWindowConstructorOptions,
  CustomScheme,
  NativeTheme,
  ProxyConfig,
  Rectangle,
  Session,
} from 'electron';

/** What the doubles write down, and are told. */
export const stage = {
  /** What was done with Electron, in order: `[what, ...arguments]`. */
  did: [] as unknown[][],
  isReady: false,
  first: true,
  packaged: false,
  dark: true,
  workAreas: [{ x: 0, y: 0, width: 1920, height: 1080 }] as Rectangle[],
  exited: Promise.withResolvers<number>(),
  makeReady: () => ready.resolve(),
};

const ready = Promise.withResolvers<void>();
export const did = (what: string, ...args: readonly unknown[]) => void stage.did.push([what, ...args]);

/** An event that can be prevented, with further members. */
export function preventable<T extends object>(members: T) {
  let prevented = false;
  return {
    ...members,
    get defaultPrevented() {
      return prevented;
    },
    preventDefault: () => {
      prevented = true;
    },
  };
}

export class AppDouble extends EventEmitter {
  readonly commandLine = { appendSwitch: (name: string, value?: string) => did('switch', name, value) };
  readonly #paths = new Map<string, string>();
  get isPackaged() {
    return stage.packaged;
  }
  setName(name: string) {
    did('name', name);
  }
  setPath(name: string, path: string) {
    did('path', name, path, { ready: stage.isReady });
    this.#paths.set(name, path);
  }
  getPath(name: string) {
    return this.#paths.get(name) ?? '';
  }
  getVersion() {
    return '0.0.0';
  }
  requestSingleInstanceLock() {
    did('lock', { ready: stage.isReady });
    return stage.first;
  }
  enableSandbox() {
    did('sandbox', { ready: stage.isReady });
  }
  whenReady() {
    return ready.promise;
  }
  /** As Electron does: windows first, and whoever listens may still hold it up. */
  quit() {
    this.emit('before-quit', preventable({}));
    for (const window of [...windows]) window.close();
    const event = preventable({});
    this.emit('will-quit', event);
    if (!event.defaultPrevented) this.exit(0);
  }
  exit(code = 0) {
    did('exit', code);
    stage.exited.resolve(code);
  }
}

export class PortDouble extends EventEmitter {
  readonly port: MessagePort;
  constructor(port: MessagePort) {
    super();
    this.port = port;
    port.on('message', (data: unknown) => this.emit('message', { data, ports: [] }));
    port.on('close', () => this.emit('close'));
    // Node's has been started by the listener above.
    port.unref();
  }
  start() {
    this.port.ref();
  }
  postMessage(message: unknown) {
    this.port.postMessage(message);
  }
  close() {
    this.port.close();
  }
}

export class ChannelDouble {
  readonly port1: PortDouble;
  readonly port2: PortDouble;
  constructor() {
    did('channel');
    const { port1, port2 } = new MessageChannel();
    this.port1 = new PortDouble(port1);
    this.port2 = new PortDouble(port2);
  }
}

/** The frame a page is in. */
export class FrameDouble {
  url: string;
  constructor(url: string) {
    this.url = url;
  }
  postMessage(channel: string, message: unknown, transfer: readonly PortDouble[] = []) {
    ipcRendererDouble.emit(channel, { ports: transfer.map(({ port }) => port) }, message);
  }
}

class ContentsDouble extends EventEmitter {
  readonly mainFrame = new FrameDouble('about:blank');
  openHandler: ((details: { url: string }) => unknown) | null = null;
  setWindowOpenHandler(handler: (details: { url: string }) => unknown) {
    this.openHandler = handler;
  }
  setWebRTCIPHandlingPolicy(policy: string) {
    did('webrtc', policy);
  }
  reload() {
    did('reload');
  }
}

const windows = new Set<WindowDouble>();

export class WindowDouble extends EventEmitter {
  readonly webContents = new ContentsDouble();
  readonly options: BrowserWindowConstructorOptions;
  bounds: Rectangle;
  maximized = false;
  destroyed = false;
  constructor(options: BrowserWindowConstructorOptions = {}) {
    super();
    this.options = options;
    const { x = 0, y = 0, width = 0, height = 0 } = options;
    this.bounds = { x, y, width, height };
    did('window', options);
    windows.add(this);
    appDouble.emit('web-contents-created', {}, this.webContents);
  }
  /** Asks the protocol for the page, runs the preload in it, and paints. */
  async loadURL(url: string) {
    did('load', url);
    const handler = protocolDouble.handlers.get(new URL(url).protocol.slice(0, -1));
    const response = await handler?.(new Request(url));
    if (!response?.ok) throw new Error('ERR_FAILED (-2)');
    this.webContents.mainFrame.url = url;
    this.webContents.emit('did-navigate', {}, url);
    if (this.options.webPreferences?.preload) runPreload(this.options.webPreferences.preload);
    this.emit('ready-to-show');
  }
  show() {
    did('show');
    this.emit('show');
  }
  maximize() {
    did('maximize');
    this.maximized = true;
  }
  isMaximized() {
    return this.maximized;
  }
  isMinimized() {
    return true;
  }
  isVisible() {
    return true;
  }
  hide() {
    did('hide');
  }
  isDestroyed() {
    return this.destroyed;
  }
  restore() {
    did('restore');
  }
  focus() {
    did('focus');
  }
  getNormalBounds() {
    return this.bounds;
  }
  setBackgroundColor(color: string) {
    did('background', color);
  }
  close() {
    this.emit('close', preventable({}));
    this.destroyed = true;
    windows.delete(this);
    this.webContents.emit('destroyed');
    this.emit('closed');
    if (windows.size === 0 && appDouble.listenerCount('window-all-closed') > 0) appDouble.emit('window-all-closed');
  }
  static only(): WindowDouble {
    const [window] = windows;
    if (window === undefined || windows.size > 1) throw new Error(`there are ${windows.size} windows`);
    return window;
  }
}

/** A sandboxed preload has `require` for `electron`, and the page's globals. */
function runPreload(file: string) {
  const require = createRequire(file);
  delete require.cache[file];
  ipcRendererDouble.removeAllListeners();
  Object.assign(globalThis, { window: page });
  require(file);
}

/** What the preload can reach of the page, and what the page got from it. */
export const page = {
  exposed: {} as Record<string, unknown>,
  got: [] as { data: unknown; targetOrigin: string; ports: readonly MessagePort[] }[],
  postMessage(data: unknown, targetOrigin: string, ports: readonly MessagePort[] = []) {
    page.got.push({ data, targetOrigin, ports });
  },
};

class IpcRendererDouble extends EventEmitter {
  postMessage(channel: string, message: unknown) {
    const { webContents } = WindowDouble.only();
    ipcMainDouble.emit(channel, { sender: webContents, senderFrame: webContents.mainFrame, ports: [] }, message);
  }
}

class ProtocolDouble {
  readonly handlers = new Map<string, (request: Request) => Response | Promise<Response>>();
  registerSchemesAsPrivileged(schemes: CustomScheme[]) {
    did('schemes', schemes, { ready: stage.isReady });
  }
  handle(scheme: string, handler: (request: Request) => Response | Promise<Response>) {
    did('handle', scheme, { ready: stage.isReady });
    this.handlers.set(scheme, handler);
  }
}

type Handler<Name extends keyof Session> = Session[Name] extends (handler: infer Given, ...rest: never[]) => void
  ? NonNullable<Given>
  : never;

class SessionDouble extends EventEmitter {
  permissionRequest: Handler<'setPermissionRequestHandler'> | null = null;
  permissionCheck: Handler<'setPermissionCheckHandler'> | null = null;
  devicePermission: Handler<'setDevicePermissionHandler'> | null = null;
  displayMedia: Handler<'setDisplayMediaRequestHandler'> | null = null;
  beforeRequest: ((details: { url: string }, answer: (response: { cancel?: boolean }) => void) => void) | null = null;
  readonly webRequest = {
    onBeforeRequest: (listener: unknown) => {
      this.beforeRequest = listener as typeof this.beforeRequest;
    },
  };
  setPermissionRequestHandler(handler: Handler<'setPermissionRequestHandler'> | null) {
    this.permissionRequest = handler;
  }
  setPermissionCheckHandler(handler: Handler<'setPermissionCheckHandler'> | null) {
    this.permissionCheck = handler;
  }
  setDevicePermissionHandler(handler: Handler<'setDevicePermissionHandler'> | null) {
    this.devicePermission = handler;
  }
  setDisplayMediaRequestHandler(handler: Handler<'setDisplayMediaRequestHandler'> | null) {
    this.displayMedia = handler;
  }
  setSpellCheckerEnabled(enable: boolean) {
    did('spellchecker', enable);
  }
  async setProxy(config: ProxyConfig) {
    did('proxy', config);
  }
}

export class ThemeDouble extends EventEmitter {
  #source: NativeTheme['themeSource'] = 'system';
  get themeSource() {
    return this.#source;
  }
  set themeSource(source) {
    did('theme', source);
    this.#source = source;
    this.emit('updated');
  }
  get shouldUseDarkColors() {
    return this.#source === 'system' ? stage.dark : this.#source === 'dark';
  }
}

export const appDouble = new AppDouble();
export const ipcMainDouble = new EventEmitter();
export const ipcRendererDouble = new IpcRendererDouble();
export const protocolDouble = new ProtocolDouble();
export const sessionDouble = new SessionDouble();

export const themeDouble = new ThemeDouble();
export const powerDouble = new EventEmitter();
