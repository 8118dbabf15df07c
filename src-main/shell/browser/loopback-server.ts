import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebSocket } from 'ws';
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { createBrake } from './brake.ts';
import { readPageFiles } from './files.ts';
import { answerRequest, type RequestContext } from './http-requests.ts';
import { isOwnUser } from './peer-user.ts';
import { LOOPBACK, placeOf } from './request-rules.ts';
import { SessionGuard, type TokenReach } from './session-guard.ts';
import { createSockets, type Sockets } from './sockets.ts';

export interface LoopbackOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** Where the built page is. */
  readonly rendererFolder: string;
  /** Answers what comes through `socket`, which is a window's, until it is disposed. */
  readonly serve: (socket: WebSocket) => Disposable;
  readonly clock: Clock;
  /** Told what is a fault of ours; the request it came up in is refused. */
  readonly onFault: (error: unknown) => void;
}

/** The page and its socket on loopback. Disposing ends them: open sockets are told (1001). */
export interface LoopbackServer extends AsyncDisposable {
  readonly port: number;
  /** A fresh link, which opens one window. `own-user`: only for a process of this user. */
  url(reach?: TokenReach): string;
}

/**
 * Serves the page on 127.0.0.1 alone (DESIGN rule 9).
 * @throws AppError PORT_IN_USE; Error where the page has not been built
 */
export async function startLoopbackServer(options: LoopbackOptions): Promise<LoopbackServer> {
  const { clock, serve, onFault } = options;
  const files = await readPageFiles(options.rendererFolder);
  const end = new AbortController();
  const { signal } = end;
  const guard = new SessionGuard({ clock });
  const brake = createBrake(clock);
  const server = createBoundedServer();
  const port = await listen(server, options.port);
  const place = placeOf(port);
  const common = { place, port, guard, brake, signal };
  const sockets = createSockets({ ...common, clock, serve });
  answerWith(server, { ...common, files, isOwnUser: ({ socket }) => isOwnUser(socket) }, sockets, onFault);

  return {
    port,
    url: (reach) => `${place.origin}/#token=${guard.issueToken(reach)}`,
    async [Symbol.asyncDispose]() {
      end.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      await sockets[Symbol.asyncDispose]();
      server.closeAllConnections();
      await closed;
    },
  };
}

function createBoundedServer(): Server {
  const { browser } = limits;
  const server = createServer({
    maxHeaderSize: browser.headerBytes,
    headersTimeout: browser.headersMs,
    requestTimeout: browser.requestMs,
    keepAliveTimeout: browser.idleMs,
    connectionsCheckingInterval: 1_000,
  });
  server.maxConnections = browser.connections;
  return server;
}

async function listen(server: Server, port: number): Promise<number> {
  return await new Promise((resolve, reject) => {
    server.once('error', (error) => reject(translated(error, port)));
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      server.removeAllListeners('error');
      // Such as no descriptor left for one more connection: that one is lost, and no other.
      server.on('error', () => undefined);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function translated(error: NodeJS.ErrnoException, port: number): unknown {
  const taken = error.code === 'EADDRINUSE';
  if (!taken && error.code !== 'EACCES') return error;
  return new AppError('PORT_IN_USE', `Port ${port} ${taken ? 'is taken' : 'is kept back by this system'}.`, {
    hint: 'Give another --port, or leave it out to have any that is free.',
    details: { port },
    cause: error,
  });
}

function answerWith(
  server: Server,
  context: RequestContext,
  sockets: Sockets,
  onFault: (error: unknown) => void,
): void {
  const failed = (connection: { destroy(): unknown }) => (error: unknown) => {
    connection.destroy();
    // At the end requests are cut off, and a window may leave in the midst of one of its own.
    const isTheirs = context.signal.aborted || (error as NodeJS.ErrnoException).code === 'ECONNRESET';
    if (!isTheirs) onFault(error);
  };
  server.on('request', (request, response) => {
    void answerRequest(request, response, context).catch(failed(response));
  });
  server.on('upgrade', (request: IncomingMessage, stream, head) => {
    void sockets.upgrade(request, stream, head).catch(failed(stream));
  });
}
