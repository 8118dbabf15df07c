import type { Router } from './router.ts';

interface Listening {
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: () => void): void;
}

interface Emitting {
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
}

/** One end of a message channel: Electron's `MessagePortMain`, which emits, or Node's, which has event listeners. */
export type ServablePort = (Listening | Emitting) & {
  start(): void;
  postMessage(message: string): void;
  close(): void;
};

/** Serves the window at the other end of `port` until that end is gone. Disposing it closes the port. */
export function serveMessagePort(router: Router, port: ServablePort): Disposable {
  const connection = router.connect({
    send: (message) => port.postMessage(message),
    close: () => port.close(),
  });
  const receive = ({ data }: { readonly data: unknown }) => connection.receive(data);
  const end = () => connection[Symbol.dispose]();
  // Node's port has both, but emits the bare message.
  if ('addEventListener' in port) {
    port.addEventListener('message', receive);
    port.addEventListener('close', end);
  } else {
    port.on('message', receive);
    port.on('close', end);
  }
  port.start();
  return connection;
}
