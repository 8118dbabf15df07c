import type { IpcMain, IpcMainEvent, MessageChannelMain, MessagePortMain, WebContents } from 'electron';
import { isWindowPage } from './window-page.ts';

/** What the preload asks with, and is answered with; the same two names stand in `src-preload/index.ts`. */
const CONNECT = 'binnacle:connect';
const PORT = 'binnacle:port';

export interface PortHandover {
  readonly ipcMain: Pick<IpcMain, 'on' | 'off'>;
  /** Of the one window; nobody else is given a port. */
  readonly contents: WebContents;
  readonly createChannel: () => Pick<MessageChannelMain, 'port1' | 'port2'>;
  /** Answers a window on its port, until disposed. */
  readonly serve: (port: MessagePortMain) => Disposable;
  /** Told once of each kind of message that was ignored. */
  readonly warn: (message: string) => void;
}

/**
 * Gives the window's page a port to the core each time its preload asks for one. There is one at a time: asking again,
 * a reload and the end of the page end the one before. Whatever else is sent over IPC is ignored.
 */
export function handOverPorts({ ipcMain, contents, createChannel, serve, warn }: PortHandover): Disposable {
  let served: Disposable | null = null;
  const end = () => {
    served?.[Symbol.dispose]();
    served = null;
  };
  const told = new Set<string>();
  const ignore = (what: string) => {
    if (told.has(what)) return;
    told.add(what);
    warn(what);
  };
  const connect = (event: IpcMainEvent) => {
    // Read now: it is null once the frame has navigated, and whoever asked is then gone.
    const frame = event.senderFrame;
    if (event.sender !== contents || frame === null || frame !== contents.mainFrame || !isWindowPage(frame.url)) {
      ignore('a page that is not the window asked for a port');
      return;
    }
    end();
    const { port1, port2 } = createChannel();
    served = serve(port1);
    frame.postMessage(PORT, null, [port2]);
  };
  const unknown = () => ignore('the window sent a message that nobody listens to');

  ipcMain.on(CONNECT, connect);
  contents.on('ipc-message', unknown);
  contents.on('ipc-message-sync', unknown);
  contents.on('did-navigate', end);
  contents.on('render-process-gone', end);
  contents.on('destroyed', end);
  return {
    [Symbol.dispose]() {
      ipcMain.off(CONNECT, connect);
      end();
    },
  };
}
