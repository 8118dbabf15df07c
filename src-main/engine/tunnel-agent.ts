import { Agent, type ClientRequest, type ClientRequestArgs, type RequestOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { superviseAnswer } from './answer-limits.ts';
import { openSocket } from './channel-socket.ts';
import type { Channels } from './channels.ts';
import { checkRequest, type GateEntry, type HostMode, requireMode } from './gate.ts';

// Not in Node's types, though every custom agent overrides the one and calls the other.
declare module 'node:http' {
  interface Agent {
    addRequest(request: ClientRequest, options: RequestOptions): void;
  }
  interface ClientRequest {
    onSocket(socket: null, error: Error): void;
  }
}

interface TunnelAgentOptions {
  /** Asked at each request, and again when it is sent: a host's mode may change while its connection stands. */
  readonly mode: () => HostMode;
  /** Keep channels for further reads; else each request has its own, which closes with it, as each change always has. */
  readonly pooled: boolean;
}

/**
 * The one way to the engine, for any HTTP client on top. Each request is held against the engine gate here, before a
 * channel is opened, and sealed: nothing can be added to what was checked. Each answer is held to its bound and its
 * deadline. A request that fails is destroyed with an AppError: GATE_REFUSED, ENGINE_TIMEOUT, ENGINE_ANSWER_TOO_LARGE,
 * CANCELLED once the agent is destroyed, or what opening the channel rejected with.
 */
export function createTunnelAgent(channels: Channels, options: TunnelAgentOptions): Agent {
  return new TunnelAgent(channels, options);
}

// Headers that say nothing about a body, an upgrade or a credential.
const HARMLESS_HEADERS: ReadonlySet<string> = new Set(['host', 'accept', 'user-agent']);

/** Travels in the request's options from `addRequest` to `createConnection`. */
const OPENING = Symbol('opening');
interface Opening {
  /** Gives up the opening. */
  readonly signal: AbortSignal;
  /** Throws where the request may no longer be sent. */
  readonly check: () => void;
  readonly ownChannel: boolean;
}
type TunnelRequestOptions = RequestOptions & { [OPENING]?: Opening };

class TunnelAgent extends Agent {
  readonly #channels: Channels;
  readonly #mode: () => HostMode;
  readonly #closing = new AbortController();
  readonly #waiting: (() => void)[] = [];
  readonly #waitingInBulk: (() => void)[] = [];
  readonly #idle = new WeakMap<Duplex, NodeJS.Timeout>();
  #underWay = 0;
  #underWayInBulk = 0;

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
        this.#mode(),
      );
    } catch (error) {
      request.onSocket(null, error as AppError);
      return;
    }
    // A pooled channel may have gone stale, which would leave open whether the change was done.
    if (entry.effect !== 'read') request.shouldKeepAlive = false;
    // Renders and finishes the request: a later write(), end(chunk), setHeader() or new path has no effect on it.
    request.end();

    // A stream holds its channel until it ends, a change until a container has ended: neither keeps reads waiting, nor
    // waits behind them. How many there are is bounded by who asks for them (log views, runs).
    if (entry.stream || entry.effect !== 'read') this.#send(request, options, entry);
    // Node's own maxSockets would not do: it counts a channel once it is open, and so opens one for each request.
    else {
      (entry.inBulk ? this.#waitingInBulk : this.#waiting).push(() => this.#sendCounted(request, options, entry));
      this.#sendNext();
    }
  }

  /** Whoever waits for a sample has time: a ping or an inspect behind hundreds of them would tell of the queue. */
  #sendNext(): void {
    if (this.#underWay >= limits.engine.channels) return;
    const roomInBulk = this.#underWayInBulk < limits.engine.bulkChannels;
    const next = this.#waiting.shift() ?? (roomInBulk ? this.#waitingInBulk.shift() : undefined);
    next?.();
  }

  #sendCounted(request: ClientRequest, options: RequestOptions, entry: GateEntry): void {
    const inBulk = entry.inBulk ? 1 : 0;
    this.#underWay += 1;
    this.#underWayInBulk += inBulk;
    const release = () => {
      this.#underWay -= 1;
      this.#underWayInBulk -= inBulk;
      this.#sendNext();
    };
    // Node emits 'close', and only then puts the channel back where the next request finds it.
    request.once('close', () => queueMicrotask(release));
    this.#send(request, options, entry);
  }

  #send(request: ClientRequest, options: RequestOptions, entry: GateEntry): void {
    if (this.#closing.signal.aborted || request.destroyed) {
      request.onSocket(null, abortError(this.#closing.signal));
      return;
    }
    const check = () => requireMode(entry, request.path, this.#mode());
    try {
      check();
    } catch (error) {
      request.onSocket(null, error as AppError);
      return;
    }
    const signal = superviseAnswer(request, entry, this.#closing.signal);
    const opening: Opening = { signal, check, ownChannel: entry.effect !== 'read' };
    const tunnelOptions: TunnelRequestOptions = { ...options, [OPENING]: opening };
    super.addRequest(request, tunnelOptions);
  }

  override createConnection(
    options: ClientRequestArgs & TunnelRequestOptions,
    done: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    void this.#open(options[OPENING]).then(
      (socket) => done(null, socket),
      // Node's own signature: there is no socket beside an error.
      (error: Error) => (done as (error: Error) => void)(error),
    );
    // Not the socket: Node would take it as open, and call back a second time (FACTS, tunnel 3).
    return undefined;
  }

  async #open(opening: Opening | undefined): Promise<Duplex> {
    if (opening === undefined)
      throw new AppError('GATE_REFUSED', 'There is no channel but for a request that was checked.');
    const socket = await openSocket(this.#channels, opening.signal);
    try {
      // Opening may have taken seconds, and nothing has been sent yet.
      opening.check();
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /** There is one engine behind this agent: what a client takes for its host, port or socket path means nothing. */
  override getName(options: TunnelRequestOptions = {}): string {
    return options[OPENING]?.ownChannel === true ? 'engine, on a channel of its own' : 'engine';
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
    for (const send of [...this.#waiting.splice(0), ...this.#waitingInBulk.splice(0)]) send();
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
  return (
    request.headersSent ||
    request.getHeaderNames().some((name) => !HARMLESS_HEADERS.has(name) && !isNoBody(request, name))
  );
}

/** `content-length: 0`, which Node writes by itself for a POST that is ended without a body. */
function isNoBody(request: ClientRequest, header: string): boolean {
  return request.method === 'POST' && header === 'content-length' && String(request.getHeader(header)) === '0';
}
