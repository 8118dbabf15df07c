import type {
  App,
  Menu as ApplicationMenu,
  BrowserWindowConstructorOptions,
  CommandLine,
  ContextBridge,
  Dialog,
  Display,
  IpcRenderer,
  MessagePortMain,
  NativeTheme,
  Protocol,
  SafeStorage,
  Screen,
  Session,
  Shell,
  WebContents,
  WebFrameMain,
  BrowserWindow as Window,
} from 'electron';
import {
  appDouble,
  ChannelDouble,
  did,
  ipcMainDouble,
  ipcRendererDouble,
  page,
  powerDouble,
  protocolDouble,
  sessionDouble,
  stage,
  themeDouble,
  WindowDouble,
} from './electron-parts.fixture.ts';

type Module = typeof import('electron');

/**
 * Stands in for the module `electron`, for a bundle that is run by Node. What it has, the compiler holds against
 * Electron's own types, but for `on` and its like, which are Node's; of what it lacks, a bundle that asks for it dies.
 */
const double = {
  app: appDouble satisfies Pick<
    App,
    | 'isPackaged'
    | 'setName'
    | 'setPath'
    | 'getPath'
    | 'getVersion'
    | 'requestSingleInstanceLock'
    | 'enableSandbox'
    | 'whenReady'
    | 'quit'
    | 'exit'
  > & { commandLine: Pick<CommandLine, 'appendSwitch'> },
  BrowserWindow: WindowDouble satisfies new (
    options?: BrowserWindowConstructorOptions,
  ) => Pick<
    Window,
    | 'loadURL'
    | 'show'
    | 'maximize'
    | 'isMaximized'
    | 'isMinimized'
    | 'isVisible'
    | 'hide'
    | 'isDestroyed'
    | 'restore'
    | 'focus'
    | 'getNormalBounds'
    | 'setBackgroundColor'
    | 'close'
  > & {
    webContents: Pick<WebContents, 'reload' | 'setWebRTCIPHandlingPolicy'> & { mainFrame: Pick<WebFrameMain, 'url'> };
  },
  contextBridge: {
    exposeInMainWorld: (name: string, api: unknown) => {
      page.exposed[name] = api;
    },
  } satisfies Pick<ContextBridge, 'exposeInMainWorld'>,
  dialog: {
    showErrorBox: (title: string, text: string) => did('error', title, text, { ready: stage.isReady }),
  } satisfies Pick<Dialog, 'showErrorBox'>,
  ipcMain: ipcMainDouble,
  ipcRenderer: ipcRendererDouble satisfies Pick<IpcRenderer, 'postMessage'>,
  Menu: {
    buildFromTemplate: (template: unknown) => template as ApplicationMenu,
    setApplicationMenu: (menu: unknown) => did('menu', menu),
  } satisfies Pick<Module['Menu'], 'buildFromTemplate' | 'setApplicationMenu'>,
  MessageChannelMain: ChannelDouble satisfies new () => {
    port1: Pick<MessagePortMain, 'start' | 'postMessage' | 'close'>;
  },
  nativeTheme: themeDouble satisfies Pick<NativeTheme, 'themeSource' | 'shouldUseDarkColors'>,
  powerMonitor: powerDouble,
  protocol: protocolDouble satisfies Pick<Protocol, 'registerSchemesAsPrivileged' | 'handle'>,
  // No test of the whole desktop keeps a secret: it is asked for one of nobody.
  safeStorage: {
    getSelectedStorageBackend: () => 'basic_text',
    isAsyncEncryptionAvailable: async () => false,
    encryptStringAsync: () => Promise.reject(new Error('there is no keychain')),
    decryptStringAsync: () => Promise.reject(new Error('there is no keychain')),
  } satisfies Pick<
    SafeStorage,
    'getSelectedStorageBackend' | 'isAsyncEncryptionAvailable' | 'encryptStringAsync' | 'decryptStringAsync'
  >,
  screen: {
    getAllDisplays: () => stage.workAreas.map((workArea) => ({ workArea }) as Display),
  } satisfies Pick<Screen, 'getAllDisplays'>,
  session: { defaultSession: sessionDouble } satisfies {
    defaultSession: Pick<
      Session,
      | 'setPermissionRequestHandler'
      | 'setPermissionCheckHandler'
      | 'setDevicePermissionHandler'
      | 'setDisplayMediaRequestHandler'
      | 'setSpellCheckerEnabled'
      | 'setProxy'
    >;
  },
  shell: {
    openPath: async (path: string) => {
      did('opens', path);
      return '';
    },
  } satisfies Pick<Shell, 'openPath'>,
} satisfies Partial<Record<keyof Module, unknown>>;

export const { app, BrowserWindow, contextBridge, dialog, ipcMain, ipcRenderer, MessageChannelMain } = double;
export const { Menu, nativeTheme, powerMonitor, protocol, safeStorage, screen, session, shell } = double;
export default double;
