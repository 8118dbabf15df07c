import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { connect, createServer as createNetServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import type { Channels } from './channels.ts';

/** For tests: a real server on a unix socket, in the place of an engine. */
export interface FakeEngine extends AsyncDisposable {
  /** Plain sockets, as for a local engine. */
  readonly channels: Channels;
  /** The same behind objects that behave like ssh2's channels. */
  readonly sshChannels: Channels;
  /** Channels opened so far. */
  opened(): number;
  /** Channels open now. */
  open(): number;
}

/** An engine that answers by `listener`. */
export function startFakeEngine(listener: RequestListener): Promise<FakeEngine> {
  return listenAsEngine(createServer({ keepAlive: true }, listener));
}

/** An engine that says `greeting` to whatever it is sent, and hangs up. */
export function startRawEngine(greeting: string | Buffer): Promise<FakeEngine> {
  return listenAsEngine(
    createNetServer((socket) => socket.once('data', () => socket.end(greeting)).on('error', () => {})),
  );
}

async function listenAsEngine(server: Server): Promise<FakeEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-engine-'));
  const path = join(folder, 'engine.sock');
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const sockets = new Set<Socket>();
  let opened = 0;
  server.on('connection', (socket: Socket) => {
    opened += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const open = async (): Promise<Socket> => {
    const socket = connect(path);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return socket;
  };
  return {
    channels: { open },
    sshChannels: { open: async () => new Ssh2LikeChannel(await open()) },
    opened: () => opened,
    open: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Half-open, without a socket's methods, and with a `destroy` that keeps its error to itself (ssh2, lib/Channel.js). */
class Ssh2LikeChannel extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super({ allowHalfOpen: true, emitClose: false });
    this.#socket = socket;
    socket.on('data', (chunk) => this.push(chunk) || socket.pause());
    socket.on('end', () => this.push(null));
    socket.on('error', () => {});
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, encoding, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end();
    done();
  }

  override destroy(): this {
    this.end();
    this.#socket.end();
    return this;
  }
}

/** Answers `/_ping` and `/version` as Docker 20.10 does; anything else by `others`. */
export function likeDocker(others: (question: IncomingMessage, answer: ServerResponse) => void): RequestListener {
  return (question, answer) => {
    if (question.url === '/_ping') answer.end('OK');
    else if (question.url === '/version') {
      answer.end(JSON.stringify({ Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12', Components: [] }));
    } else others(question, answer);
  };
}
