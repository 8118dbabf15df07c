import {
  Agent,
  type ClientRequest,
  type ClientRequestArgs,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { superviseAnswer } from './answer-limits.ts';
import { openSocket } from './channel-socket.ts';
import type { Channels } from './channels.ts';
import { EngineCosts } from './costs.ts';
import { checkRequest, type GateEntry, type HostMode, requireMode } from './gate.ts';
import { type Lane, Lanes } from './lanes.ts';

// Not in Node's types, though every custom agent overrides the one and calls the other.
declare module 'node:http' {
  interface Agent {
    addRequest(request: ClientRequest, options: RequestOptions): void;
  }
  interface ClientRequest {
    onSocket(socket: null, error: Error): void;
    /** The answer, once its head is there. */
    readonly res?: IncomingMessage | null;
  }
}

interface TunnelAgentOptions {
  /** Asked at each request, and again when it is sent: a host's mode may change while its connection stands. */
  readonly mode: () => HostMode;
  /** Keep channels for further reads; else each request has its own, which closes with it, as each change always has. */
  readonly pooled: boolean;
  /** Shared by all agents of an engine. Default: its own, over channels that nobody counts. */
  readonly lanes?: Lanes;
  /** Is told of each request that is sent. */
  readonly costs?: EngineCosts;
  readonly clock?: Clock;
}

/**
 * The one way to the engine, for any HTTP client on top. Each request is held against the engine gate here, before a
 * channel is opened, and sealed: nothing can be added to what was checked. Each answer is held to its bound and its
 * deadline. A request that fails is destroyed with an AppError: GATE_REFUSED, CHANNELS_EXHAUSTED, ENGINE_TIMEOUT,
 * ENGINE_ANSWER_TOO_LARGE, CANCELLED once the agent is destroyed, or what opening the channel rejected with.
 */
export function createTunnelAgent(channels: Channels, options: TunnelAgentOptions): Agent {
  return new TunnelAgent(channels, options);
}

// Headers that say nothing about a body, an upgrade or a credential.
const HARMLESS_HEADERS: ReadonlySet<string> = new Set(['host', 'accept', 'user-agent']);

/** What channels are called that further reads may use. */
const POOL = 'engine';

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
  readonly #lanes: Lanes;
  readonly #costs: EngineCosts;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #idle = new WeakMap<Duplex, NodeJS.Timeout>();

  constructor(channels: Channels, options: TunnelAgentOptions) {
    const { mode, pooled, lanes = new Lanes(), costs = new EngineCosts(), clock = systemClock } = options;
    super({ keepAlive: pooled, maxFreeSockets: limits.engine.channels });
    this.#channels = channels;
    this.#mode = mode;
    this.#lanes = lanes;
    this.#costs = costs;
    this.#clock = clock;
    lanes.onNarrowed(() => this.#closeIdle());
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
    // waits behind them. How many there are is bounded by who asks for them (log views, runs), and by the budget.
    // Node's own maxSockets would not do: it counts a channel once it is open, and so opens one for each request.
    const lane = laneOf(entry, request.path);
    const send = (leave: () => void) => {
      // Node emits 'close', and only then puts the channel back where the next request finds it.
      request.once('close', () => queueMicrotask(leave));
      this.#send(request, options, entry, lane);
    };
    try {
      this.#lanes.enter(lane, send, lane === 'events' ? () => endStream(request, this.#lanes) : undefined);
    } catch (error) {
      request.onSocket(null, error as AppError);
    }
  }

  #send(request: ClientRequest, options: RequestOptions, entry: GateEntry, lane: Lane): void {
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
    const signal = superviseAnswer(request, entry, {
      closing: this.#closing.signal,
      isEndless: lane === 'events' || lane === 'stream',
      cost: this.#costs.of(entry.name),
      clock: this.#clock,
    });
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
    return options[OPENING]?.ownChannel === true ? 'engine, on a channel of its own' : POOL;
  }

  override keepSocketAlive(socket: Duplex): boolean {
    // There may be room for fewer than when it was opened. It is among those in use until it is kept.
    if (this.#pooled().length > this.#lanes.control) return false;
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
    this.#lanes.flush();
  }

  /** Node counts one that is destroyed until it has told of its end. */
  #pooled(): readonly Duplex[] {
    return [...(this.freeSockets[POOL] ?? []), ...(this.sockets[POOL] ?? [])].filter(({ destroyed }) => !destroyed);
  }

  /** Idle channels beyond what there is room for. */
  #closeIdle(): void {
    const tooMany = this.#pooled().length - this.#lanes.control;
    const idle = this.freeSockets[POOL] ?? [];
    for (const socket of idle.slice(0, Math.max(0, tooMany))) socket.destroy();
  }

  /**
   * docker-modem runs `util.inspect` without a depth limit over each request's options, agent included, even when it
   * has nothing to log: through the channels it would walk the whole SSH client (FACTS, tunnel 1).
   */
  [inspect.custom](): string {
    return 'TunnelAgent {}';
  }
}

/**
 * Events up to a given moment end by themselves, and are a short request.
 * @param target path and query
 */
export function laneOf(entry: GateEntry, target: string): Lane {
  if (entry.effect !== 'read') return 'change';
  if (!entry.stream) return entry.inBulk ? 'bulk' : 'short';
  if (entry.name !== 'events') return 'stream';
  return target.includes('until=') ? 'short' : 'events';
}

function endStream(request: ClientRequest, lanes: Lanes): void {
  const why = lanes.exhausted('events');
  (request.res ?? request).destroy(why);
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
