import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../../kernel/clock.ts';
import { limits } from '../../kernel/limits.ts';
import type { Brake } from './brake.ts';
import { cookieName, cookiesOf, isAllowed, type Place, PROTOCOL, secretOf } from './request-rules.ts';
import type { SessionGuard } from './session-guard.ts';

export interface SocketContext {
  readonly place: Place;
  readonly port: number;
  readonly guard: SessionGuard;
  readonly brake: Brake;
  readonly clock: Clock;
  /** Answers what comes through `socket` until it is disposed. */
  readonly serve: (socket: WebSocket) => Disposable;
  /** Aborted when the server ends. */
  readonly signal: AbortSignal;
}

/** The way of admitted windows to the core: `GET /socket`. */
export interface Sockets extends AsyncDisposable {
  /** Answers a request to speak something else than HTTP on `stream`: with a WebSocket, or a refusal. */
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void>;
}

/** RFC 6455, 7.4.1: this end goes away. */
const GOING_AWAY = 1001;

export function createSockets(context: SocketContext): Sockets {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: limits.browser.messageBytes,
    perMessageDeflate: false,
    handleProtocols: () => PROTOCOL,
  });
  // Without a listener ws would explain to whoever asked what was wrong.
  server.on('wsClientError', (_error, stream) => refuse(stream, 400));

  const open = (socket: WebSocket) => {
    // A message beyond the bound, a frame that is none: ws closes the socket by itself, and tells here.
    socket.on('error', () => undefined);
    const serving = context.serve(socket);
    const stop = keepAlive(socket, context);
    socket.once('close', () => {
      stop[Symbol.dispose]();
      serving[Symbol.dispose]();
    });
  };

  return {
    async upgrade(request, stream, head) {
      stream.on('error', () => stream.destroy());
      const status = await judge(request, context);
      if (status !== null) return refuse(stream, status);
      // One more would be told of no end, and the server would wait for it without end.
      if (context.signal.aborted) return refuse(stream, 503);
      if (server.clients.size >= limits.browser.sockets) return refuse(stream, 429);
      server.handleUpgrade(request, stream, head, open);
    },
    async [Symbol.asyncDispose]() {
      const left = [...server.clients];
      const closed = left.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      for (const socket of left) socket.close(GOING_AWAY);
      const late = new AbortController();
      const patience = context.clock.sleep(limits.browser.goodbyeMs, late.signal).catch(() => undefined);
      await Promise.race([Promise.all(closed), patience]);
      late.abort();
      for (const socket of left) socket.terminate();
      server.close();
    },
  };
}

/** The status to refuse an upgrade with; null: it is a window that was admitted. */
async function judge(request: IncomingMessage, context: SocketContext): Promise<number | null> {
  if (!isAllowed(request, true, context.place)) return 403;
  if (request.url !== '/socket') return 404;
  if (request.method !== 'GET' || request.headers.upgrade?.toLowerCase() !== 'websocket') return 400;
  const secret = secretOf(request);
  if (secret === null) return 400;
  if (context.guard.admits(cookiesOf(request, cookieName(context.port)), secret)) return null;
  await context.brake.wrong(context.signal);
  return 403;
}

/** To be used before anything else has been written to `stream`. */
export function refuse(stream: Duplex, status: number): void {
  if (!stream.writable) return void stream.destroy();
  stream.once('finish', () => stream.destroy());
  stream.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Ends `socket` where its window has gone without a word. */
function keepAlive(socket: WebSocket, { clock }: SocketContext): Disposable {
  const stop = new AbortController();
  const { pingMs, unansweredPings } = limits.browser;
  let unanswered = 0;
  socket.on('pong', () => {
    unanswered = 0;
  });
  const beat = async () => {
    for (;;) {
      await clock.sleep(pingMs, stop.signal);
      if (unanswered >= unansweredPings) return socket.terminate();
      unanswered += 1;
      socket.ping();
    }
  };
  // It only ever ends by its own end.
  void beat().catch(() => undefined);
  return { [Symbol.dispose]: () => stop.abort() };
}
