import { createServer as createHttpServer, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

/** A server on a unix socket or a loopback port, with everything that is connected to it. */
export interface HostileServer extends AsyncDisposable {
  /** Path of the socket; empty for a port. */
  readonly path: string;
  readonly port: number;
}

async function listen(server: Server, where: string | number): Promise<HostileServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (typeof where === 'string') server.listen(where, resolve);
    else server.listen(where, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    path: typeof where === 'string' ? where : '',
    port: typeof address === 'object' && address !== null ? (address as AddressInfo).port : 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A socket that answers whatever it is sent with `text`, and hangs up. */
export function rawEngine(folder: string, name: string, text: string): Promise<HostileServer> {
  return listen(
    createServer((socket) => socket.once('data', () => socket.end(text))),
    join(folder, `${name}.sock`),
  );
}

/** An engine that greets as Docker does, and then answers the list of containers by `list`. */
export function engineWithList(
  folder: string,
  name: string,
  list: (response: ServerResponse) => void,
): Promise<HostileServer> {
  const listener: RequestListener = (request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/_ping') response.end('OK');
    else if (request.url === '/version') {
      response.end(JSON.stringify({ Version: '27.0.0', ApiVersion: '1.47', MinAPIVersion: '1.24', Os: 'linux' }));
    } else if (request.url?.includes('/containers/json')) list(response);
    else if (request.url?.includes('/events')) response.flushHeaders();
    else response.end('[]');
  };
  return listen(createHttpServer(listener), join(folder, `${name}.sock`));
}

/** A listener that accepts and then does with the connection what `handle` says. */
export function tcpServer(handle: (socket: Socket) => void): Promise<HostileServer> {
  return listen(createServer(handle), 0);
}

/** Passes on to `port`, and cuts both sides once `bytes` have come from there. */
export function cuttingProxy(port: number, bytes: number): Promise<HostileServer> {
  return tcpServer((socket) => {
    const upstream = connect(port, '127.0.0.1');
    let left = bytes;
    const cut = () => {
      socket.destroy();
      upstream.destroy();
    };
    upstream.on('error', cut).on('close', cut);
    socket.on('close', cut);
    socket.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => {
      socket.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) cut();
    });
  });
}
