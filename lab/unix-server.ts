import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Who may connect to a socket. */
export interface SocketOwner {
  /** Default: whoever runs the lab. Another one needs root. */
  readonly uid?: number;
  readonly gid?: number;
  /** Default 0660, as Docker has it. */
  readonly mode?: number;
}

/** Something that listens where an engine would. */
export interface SocketServer extends AsyncDisposable {
  readonly socketPath: string;
  /** Connections that are open now. */
  readonly connections: number;
}

/**
 * Has `server` listen at a unix socket in a folder of its own, whose name everybody may pass through. Disposed, it ends
 * every connection.
 */
export async function listenAtSocket(server: Server, owner: SocketOwner = {}): Promise<SocketServer> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-engine-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o711);
  const socketPath = join(folder, 'docker.sock');
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  await once(server.listen(socketPath), 'listening');
  await chmod(socketPath, owner.mode ?? 0o660);
  await chown(socketPath, owner.uid ?? process.getuid?.() ?? 0, owner.gid ?? process.getgid?.() ?? 0);
  undo.defer(async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  const started = undo.move();
  return {
    socketPath,
    get connections() {
      return sockets.size;
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
