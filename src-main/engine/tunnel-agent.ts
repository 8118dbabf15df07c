import {
  Agent,
  type ClientRequest,
  type ClientRequestArgs,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { asSocket } from './channel-socket.ts';
import type { Channels } from './channels.ts';
import { checkRequest, type GateEntry, type HostMode } from './gate.ts';

// Not in Node's types, though every custom agent overrides the one and calls the other.
declare module 'node:http' {
  interface Agent {
    addRequest(request: ClientRequest, options: RequestOptions): void;
  }
  interface ClientRequest {
    onSocket(socket: null, error: Error): void;
  }
}

export interface TunnelAgentOptions {
  readonly mode: HostMode;
  /** Keep channels for further requests; else each request has its own, which closes with it. */
  readonly pooled: boolean;
}

/**
 * The one way to the engine, for any HTTP client on top. Each request is held against the engine gate here, before a
 * channel is opened, and sealed: nothing can be added to what was checked. Each answer is held to its bound and its
 * deadline. A request that fails is destroyed with an AppError: GATE_REFUSED, ENGINE_TIMEOUT, ENGINE_ANSWER_TOO_LARGE,
 * or what opening the channel rejected with.
 */
export function createTunnelAgent(channels: Channels, options: TunnelAgentOptions): Agent {
  return new TunnelAgent(channels, options);
}

// Headers that say nothing about a body, an upgrade or a credential.
const HARMLESS_HEADERS: ReadonlySet<string> = new Set(['host', 'accept', 'user-agent']);

/** Travels in the request's options from `addRequest` to `createConnection`: its abort gives up the opening. */
const OPENING = Symbol('opening');
type TunnelRequestOptions = RequestOptions & { [OPENING]?: AbortSignal };

class TunnelAgent extends Agent {
  readonly #channels: Channels;
  readonly #mode: HostMode;
  readonly #closing = new AbortController();
  readonly #waiting: (() => void)[] = [];
  readonly #idle = new WeakMap<Duplex, NodeJS.Timeout>();
  #underWay = 0;

  constructor(channels: Channels, { mode, pooled }: TunnelAgentOptions) {
    super({ keepAlive: pooled, maxFreeSockets: limits.engine.channels });
    this.#channels = channels;
    this.#mode = mode;
  }

  override addRequest(request: ClientRequest, options: RequestOptions): void {
    let entry: GateEntry;
    try {
      entry = checkRequest(
        { method: request.method, path: request.path, hasBody: saysMoreThanItsTarget(request) },
        this.#mode,
      );
    } catch (error) {
      request.onSocket(null, error as AppError);
      return;
    }
    // Renders and finishes the request: a later write(), end(chunk), setHeader() or new path has no effect on it.
    request.end();

    // Node's own maxSockets would not do: it counts a channel once it is open, and so opens one for each request.
    if (entry.stream) this.#send(request, options, entry);
    else if (this.#underWay < limits.engine.channels) this.#sendCounted(request, options, entry);
    else this.#waiting.push(() => this.#sendCounted(request, options, entry));
  }

  #sendCounted(request: ClientRequest, options: RequestOptions, entry: GateEntry): void {
    this.#underWay += 1;
    request.once('close', () => {
      this.#underWay -= 1;
      this.#waiting.shift()?.();
    });
    this.#send(request, options, entry);
  }

  #send(request: ClientRequest, options: RequestOptions, entry: GateEntry): void {
    if (this.#closing.signal.aborted || request.destroyed) {
      request.onSocket(null, abortError(this.#closing.signal));
      return;
    }
    const opening = new AbortController();
    superviseAnswer(request, entry, opening);
    const tunnelOptions: TunnelRequestOptions = { ...options, [OPENING]: opening.signal };
    super.addRequest(request, tunnelOptions);
  }

  override createConnection(
    options: ClientRequestArgs & TunnelRequestOptions,
    done: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const signals = [this.#closing.signal];
    if (options[OPENING] !== undefined) signals.push(options[OPENING]);
    void openChannel(this.#channels, AbortSignal.any(signals)).then(
      (socket) => done(null, socket),
      // Node's own signature: there is no socket beside an error.
      (error: Error) => (done as (error: Error) => void)(error),
    );
    // Not the socket: Node would take it as open, and call back a second time (FACTS, tunnel 3).
    return undefined;
  }

  /** There is one engine behind this agent: what a client takes for its host, port or socket path means nothing. */
  override getName(): string {
    return 'engine';
  }

  override keepSocketAlive(socket: Duplex): boolean {
    super.keepSocketAlive(socket);
    const timer = setTimeout(() => socket.destroy(), limits.engine.idleChannelMs);
    timer.unref();
    this.#idle.set(socket, timer);
    return true;
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    clearTimeout(this.#idle.get(socket));
    super.reuseSocket(socket, request);
  }

  override destroy(): void {
    this.#closing.abort(new AppError('CANCELLED', 'The engine client was closed.'));
    super.destroy();
    for (const send of this.#waiting.splice(0)) send();
  }

  /**
   * docker-modem runs `util.inspect` without a depth limit over each request's options, agent included, even when it
   * has nothing to log: through the channels it would walk the whole SSH client (FACTS, tunnel 1).
   */
  [inspect.custom](): string {
    return 'TunnelAgent {}';
  }
}

/** The gate's entries are a method and a target, so anything that could carry more counts as a body. */
function saysMoreThanItsTarget(request: ClientRequest): boolean {
  return request.headersSent || request.getHeaderNames().some((name) => !HARMLESS_HEADERS.has(name));
}

/** Opens a channel, and gives up when `signal` says so even where the channels do not listen to it. */
async function openChannel(channels: Channels, signal: AbortSignal): Promise<Duplex> {
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(abortError(signal));
  signal.addEventListener('abort', giveUp, { once: true });
  const channel = channels.open(signal);
  try {
    if (signal.aborted) giveUp();
    return asSocket(await Promise.race([channel, givenUp]));
  } catch (error) {
    channel.then(
      (late) => late.destroy(),
      () => {},
    );
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** Ends the request with an AppError when its answer takes too long or grows too large. */
function superviseAnswer(request: ClientRequest, entry: GateEntry, opening: AbortController): void {
  let answer: IncomingMessage | null = null;
  const fail = (error: AppError): void => {
    if (answer !== null) answer.destroy(error);
    else if (request.socket) request.destroy(error);
    else opening.abort(error);
  };
  const deadline = setTimeout(() => fail(tookTooLong(entry)), limits.engine.requestMs);
  request.once('close', () => clearTimeout(deadline));
  request.once('response', (response) => {
    answer = response;
    // Whoever reads the body hears of it as well; this one keeps a body nobody reads from bringing the process down.
    response.on('error', () => {});
    if (entry.stream && response.statusCode === 200) clearTimeout(deadline);
    else
      boundBody(response, response.statusCode === 200 ? entry.maxAnswerBytes : limits.engine.smallAnswerBytes, () =>
        fail(grewTooLarge(entry)),
      );
  });
}

/** Counts where Node's parser hands the body over, so that nothing has to be read to be counted, nor held. */
function boundBody(response: IncomingMessage, maxBytes: number, exceeded: () => void): void {
  if (Number(response.headers['content-length']) > maxBytes) {
    exceeded();
    return;
  }
  let bytes = 0;
  const push = response.push.bind(response);
  response.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    bytes += chunk?.length ?? 0;
    if (bytes <= maxBytes) return push(chunk, encoding);
    exceeded();
    return false;
  };
}

function tookTooLong(entry: GateEntry): AppError {
  const seconds = limits.engine.requestMs / 1000;
  return new AppError('ENGINE_TIMEOUT', `The engine did not answer “${entry.name}” within ${seconds} s.`, {
    details: { call: entry.name },
    hint: 'Check on the host that the engine still responds, for example with “docker ps”.',
  });
}

function grewTooLarge(entry: GateEntry): AppError {
  const message = `The engine's answer to “${entry.name}” is larger than Binnacle reads, and was broken off.`;
  return new AppError('ENGINE_ANSWER_TOO_LARGE', message, {
    details: { call: entry.name, maxBytes: entry.maxAnswerBytes },
    hint: 'Check that the socket belongs to a Docker or Podman engine.',
  });
}
