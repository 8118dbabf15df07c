import { type Clock, systemClock } from '../../kernel/clock.ts';
import { createRouter } from '../../router/router.ts';
import { serveWebSocket } from '../../router/serve-websocket.ts';
import type { Services } from '../../router/services.ts';
import { type LoopbackServer, startLoopbackServer } from './loopback-server.ts';

export interface BrowserShellOptions {
  readonly services: Services;
  /** 0: any that is free. */
  readonly port: number;
  /** Where the built page is. */
  readonly rendererFolder: string;
  readonly clock?: Clock;
}

/**
 * The window of a core as a page on loopback. Disposing ends it, and leaves the core.
 * @throws AppError PORT_IN_USE; Error where the page has not been built
 */
export async function startBrowserShell(options: BrowserShellOptions): Promise<LoopbackServer> {
  const { services, port, rendererFolder, clock = systemClock } = options;
  const router = createRouter(services, clock);
  await using cleanup = new AsyncDisposableStack();
  cleanup.use(router);
  const server = cleanup.use(
    await startLoopbackServer({
      port,
      rendererFolder,
      clock,
      serve: (socket) => serveWebSocket(router, socket),
      onFault: (error) => void services.toAppError(error),
    }),
  );
  const owned = cleanup.move();
  return { ...server, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
