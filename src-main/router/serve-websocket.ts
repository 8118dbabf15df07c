import { limits } from '../kernel/limits.ts';
import type { Router } from './router.ts';

/** An open socket of the `ws` package, whose server has judged who is at the other end. */
export interface ServableSocket {
  /** Bytes handed to `send` that the other end has not taken in. */
  readonly bufferedAmount: number;
  send(message: string): void;
  /** Says goodbye, and waits for it. */
  close(): void;
  /** Ends it at once. */
  terminate(): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close' | 'error', listener: () => void): void;
}

/** Serves the window at the other end of `socket` until that end is gone. Disposing it closes the socket. */
export function serveWebSocket(router: Router, socket: ServableSocket): Disposable {
  const connection = router.connect({
    send(message) {
      socket.send(message);
      // Nobody reads there: a goodbye would wait behind what is unread.
      if (socket.bufferedAmount > limits.router.unreadBytes) socket.terminate();
    },
    close: () => socket.close(),
  });
  const end = () => connection[Symbol.dispose]();
  socket.addEventListener('message', ({ data }) => connection.receive(data));
  socket.addEventListener('close', end);
  // What went wrong is told by the close that follows; an error nobody listens for would end the process.
  socket.addEventListener('error', end);
  return connection;
}
