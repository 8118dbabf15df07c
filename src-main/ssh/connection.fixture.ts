import { connect, createServer, type Socket } from 'node:net';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { type ConnectOptions, connectSsh } from './connection.ts';
import { nobody } from './hop.fixture.ts';
import { createHopPool } from './hop-pool.ts';
import type { HostKeyPolicy, OwnFolder } from './host-keys/host-key-policy.ts';

export { nobody };

/** Waits `factor` times less long than it is told to. */
export function hurriedClock(factor: number): Clock {
  return { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / factor, signal) };
}

/** Takes every host key, for tests that are about something else. */
export const anyHostKey: HostKeyPolicy = {
  algorithms: async () => [],
  check: async () => ({ kind: 'accepted', fingerprint: 'any' }),
  accept: async () => {},
};

/** A folder nobody looks at, for tests that are about something else. */
export const anyFolder: OwnFolder = { check: async () => {}, open: async () => {} };

type Changes = Partial<ConnectOptions> & Pick<ConnectOptions, 'route'>;

/** Connects without prompts, and over machines on the way of its own, unless told otherwise. */
export function connectWith(changes: Changes) {
  return connectSsh({
    policy: anyHostKey,
    prompts: nobody,
    hops: createHopPool({ clock: systemClock }),
    clock: systemClock,
    signal: new AbortController().signal,
    ...changes,
  });
}

/** What connecting failed with, as far as an operator sees it. */
export async function failure(changes: Changes) {
  try {
    await using connection = await connectWith(changes);
    return `connected to ${connection.hop.host}`;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { code: error.code, message: error.message };
  }
}

interface TcpServer extends AsyncDisposable {
  readonly port: number;
  /** Connections it has seen so far. */
  readonly connections: number;
}

/** A TCP server on loopback that does with each connection what `serve` says. */
export async function tcpServer(serve: (socket: Socket) => void): Promise<TcpServer> {
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer({ allowHalfOpen: false }, (socket) => {
    connections += 1;
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Proxy extends TcpServer {
  /** From now on nothing passes in either direction, and nobody is told: a dead link. */
  freeze(): void;
  /** Bytes the server has sent through it. */
  readonly passed: number;
}

/**
 * Passes everything on to `port`, until the server has sent `cutAfter` bytes (then the connection is reset) or the link
 * is frozen.
 */
export async function tcpProxy(port: number, { cutAfter = Number.POSITIVE_INFINITY } = {}): Promise<Proxy> {
  let frozen = false;
  let total = 0;
  const server = await tcpServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let passed = 0;
    upstream.on('error', () => client.destroy());
    upstream.on('data', (chunk) => {
      if (frozen) return;
      client.write(chunk.subarray(0, cutAfter - passed));
      passed += chunk.length;
      total += chunk.length;
      if (passed >= cutAfter) client.resetAndDestroy();
    });
    client.on('data', (chunk) => {
      if (!frozen) upstream.write(chunk);
    });
    upstream.on('close', () => frozen || client.destroy());
    client.on('close', () => upstream.destroy());
  });
  return {
    port: server.port,
    get connections() {
      return server.connections;
    },
    freeze() {
      frozen = true;
    },
    get passed() {
      return total;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
