import { contextBridge, ipcRenderer } from 'electron';
import { CONTRACT_VERSION } from './contract/version.ts';

/** What the core is asked with, and answers with; the same two names stand in `src-main/shell/desktop/port-handover.ts`. */
const CONNECT = 'binnacle:connect';
const PORT = 'binnacle:port';
/** Nobody but the window's own page is given the port, whatever else may come to stand in its place. */
const PAGE_ORIGIN = 'binnacle://app';

/** All that the page is given. It grows by named members only, never by a general `invoke`. */
const bridge = {
  contractVersion: CONTRACT_VERSION,
  /**
   * Asks for a port to the core. It arrives as the one port of a `message` event of this window, from this window,
   * whose data is `binnacle:port`; the port before it ends.
   */
  connect: (): void => ipcRenderer.postMessage(CONNECT, null),
};
export type Bridge = typeof bridge;

ipcRenderer.on(PORT, (event) => window.postMessage(PORT, PAGE_ORIGIN, [...event.ports]));
contextBridge.exposeInMainWorld('binnacle', bridge);
