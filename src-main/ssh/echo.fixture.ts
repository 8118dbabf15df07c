import { mkdir, rename } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';

export interface Echo extends AsyncDisposable {
  readonly path: string;
  readonly sockets: Set<Socket>;
  /** Resolves once this many connections have come since the last reset. */
  seen(count: number): Promise<void>;
  /** Resolves once no connection is left. */
  empty(): Promise<void>;
  reset(): void;
  /** Ends it, but leaves its socket in the file system, as a killed daemon does. */
  leaveStale(): Promise<void>;
}

/** A unix socket that says back what it is told. */
export async function startEcho(path: string): Promise<Echo> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    count += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen({ path, backlog: 511 }, resolve));
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    path,
    sockets,
    seen: (wanted) => expect.poll(() => count).toBeGreaterThanOrEqual(wanted),
    empty: () => expect.poll(() => sockets.size, { timeout: 5_000 }).toBe(0),
    reset() {
      count = 0;
    },
    async leaveStale() {
      // Node removes the path it listened on, and only that.
      await mkdir(`${path}.d`);
      await rename(path, join(`${path}.d`, 'kept'));
      await close();
      await rename(join(`${path}.d`, 'kept'), path);
    },
    [Symbol.asyncDispose]: close,
  };
}
