import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Another site on this machine's loopback, which does to Binnacle what a page can do. */
export interface ForeignSite extends AsyncDisposable {
  readonly port: number;
  /** Cookies that browsers brought along, as they came. */
  readonly cookies: readonly string[];
}

/** Every path is the same empty page, which lets anybody in. */
export async function startForeignSite(): Promise<ForeignSite> {
  const cookies: string[] = [];
  const server = createServer((request, response) => {
    if (request.headers.cookie !== undefined) cookies.push(request.headers.cookie);
    response.writeHead(200, { 'content-type': 'text/html', 'access-control-allow-origin': '*' });
    response.end('<!doctype html><link rel="icon" href="data:,"><title>Foreign</title>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cookies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
