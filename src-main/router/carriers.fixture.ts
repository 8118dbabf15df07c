import { type EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { createORPCClient, ORPCError } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import type { contract } from '#contract/contract.ts';
import type { Router } from './router.ts';
import { type ServablePort, serveMessagePort } from './serve-message-port.ts';
import { type ServableSocket, serveWebSocket } from './serve-websocket.ts';

export type Client = ContractRouterClient<typeof contract>;

/** The window's end of a connection. */
export interface FakePage {
  readonly client: Client;
  /** Sends what is no call of the client's. */
  send(message: string | Uint8Array): void;
  /** All that came, as it came. */
  readonly heard: readonly string[];
  /** Goes without a goodbye, as a page does that is reloaded, or a tab that crashes. */
  vanish(): void;
  /** Resolves when the connection is seen to be over at this end. */
  readonly closed: Promise<unknown>;
}

export interface FakeCarrier extends AsyncDisposable {
  open(router: Router): Promise<FakePage>;
}

/** A carrier of message ports, of which `serve` is given one end. */
function portCarrier(serve: (router: Router, port: MessagePort) => void) {
  return async (): Promise<FakeCarrier> => {
    const opened: FakePage[] = [];
    return {
      async open(router) {
        const { port1, port2 } = new MessageChannel();
        serve(router, port1);
        const heard: string[] = [];
        port2.on('message', (data) => heard.push(data));
        const page: FakePage = {
          client: createORPCClient(new PortLink({ port: port2 })),
          heard,
          send: (message) => port2.postMessage(message),
          vanish: () => port2.close(),
          closed: once(port2, 'close'),
        };
        port2.start();
        opened.push(page);
        return page;
      },
      async [Symbol.asyncDispose]() {
        for (const page of opened) page.vanish();
      },
    };
  };
}

/** The surface of Electron's `MessagePortMain`: it emits events with `data`, and knows no `addEventListener`. */
function asElectrons(port: MessagePort): ServablePort {
  return {
    on(event: 'message' | 'close', listener: (event: { readonly data: unknown }) => void) {
      if (event === 'message') port.on('message', (data: unknown) => listener({ data }));
      else port.on('close', () => listener({ data: undefined }));
    },
    start: () => port.start(),
    postMessage: (message) => port.postMessage(message),
    close: () => port.close(),
  };
}

interface Sockets {
  readonly WebSocket: new (
    url: string,
  ) => EventEmitter & { send(message: string | Uint8Array): void; terminate(): void };
  readonly WebSocketServer: new (options: {
    host: string;
    port: number;
  }) => EventEmitter & {
    readonly clients: Iterable<{ terminate(): void }>;
    address(): AddressInfo | string | null;
    close(done: () => void): void;
  };
}

async function socketCarrier({ WebSocket, WebSocketServer }: Sockets): Promise<FakeCarrier> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    async open(router) {
      server.once('connection', (socket: ServableSocket) => serveWebSocket(router, socket));
      const socket = new WebSocket(`ws://127.0.0.1:${port}`);
      socket.on('error', () => undefined);
      const heard: string[] = [];
      socket.on('message', (data) => heard.push(String(data)));
      const page: FakePage = {
        heard,
        client: createORPCClient(new SocketLink({ websocket: socket as unknown as globalThis.WebSocket })),
        send: (message) => socket.send(message),
        vanish: () => socket.terminate(),
        closed: once(socket, 'close'),
      };
      await once(socket, 'open');
      return page;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      await new Promise<void>((resolve) => server.close(resolve));
    },
  };
}

/**
 * The ways a window reaches the core, each with real parts and nothing but loopback.
 *
 * @param sockets the `ws` package, which only tests and the browser shell may import
 */
export function carriersWith(sockets: Sockets): [name: string, start: () => Promise<FakeCarrier>][] {
  return [
    ['message port', portCarrier(serveMessagePort)],
    ['message port of Electron', portCarrier((router, port) => serveMessagePort(router, asElectrons(port)))],
    ['WebSocket', () => socketCarrier(sockets)],
  ];
}

/** Calls what is at `path`; resolves to its answer, an iterator's first value, or the code it fails with. */
export async function ask(page: FakePage, path: string, input: unknown): Promise<unknown> {
  let call: unknown = page.client;
  for (const name of path.split('.')) call = (call as Record<string, unknown>)[name];
  try {
    const answer = await (call as (input: unknown) => Promise<unknown>)(input);
    if (typeof answer !== 'object' || answer === null || !(Symbol.asyncIterator in answer)) return answer;
    const iterator = answer as AsyncGenerator<unknown>;
    const { value } = await iterator.next();
    await iterator.return(undefined);
    return value;
  } catch (error) {
    return codeOf(error);
  }
}

/** The code of what a client threw; what is no error of the contract, as it is. */
export function codeOf(error: unknown): unknown {
  return error instanceof ORPCError ? error.code : error;
}
