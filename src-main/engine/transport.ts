import { type Agent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import type { ErrorCode } from '#contract/errors.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { Channels } from './channels.ts';
import { EngineCosts } from './costs.ts';
import { invalidAnswer, notSent, translateError } from './errors.ts';
import { checkRequest, type GateEntry, type HostMode } from './gate.ts';
import { type Lane, Lanes } from './lanes.ts';
import { createTunnelAgent, laneOf } from './tunnel-agent.ts';

interface Question {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
}

/** An answer whose body is still to be read, or to be destroyed. */
export interface OpenAnswer {
  readonly entry: GateEntry;
  readonly response: IncomingMessage;
  /** Milliseconds from sending the question, over a channel that was open by then, to the answer's head. */
  readonly tookMs: number;
}

/** An answer whose body has been read. */
export interface Answer {
  /** What was asked, as in `list containers`. */
  readonly call: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Requests without a body to one engine, checked and bounded by the tunnel agents below.
 */
export interface Transport extends Disposable {
  /**
   * Resolves at the answer's head, whatever its status. The body is the caller's: the signal's abort destroys it.
   * Rejects with an AppError: those of `createTunnelAgent`, ENGINE_ANSWER_INVALID where it is not HTTP,
   * ENGINE_UNREACHABLE where the engine hung up, or the signal's own, at once. That of a change that never had a channel
   * is marked by `notSent`.
   */
  ask(question: Question, signal: AbortSignal): Promise<OpenAnswer>;
  /** See `EngineClient.rejectPending`. */
  rejectPending(why: AppError): void;
  /** Whether events can be told as they happen: there is a channel for them. */
  hasRoomForEvents(): boolean;
}

export interface TransportOptions {
  /** Read at each request, and again when it is sent. */
  readonly mode: () => HostMode;
  readonly clock?: Clock;
  readonly lanes?: Lanes;
  readonly costs?: EngineCosts;
  /** What a failure means, where the way to the engine knows better. */
  readonly explain?: (error: AppError) => AppError;
  /** Called at the head of each answer. */
  readonly onAnswer?: () => void;
}

export function createTransport(channels: Channels, options: TransportOptions): Transport {
  const { mode, clock = systemClock, lanes = new Lanes(), costs = new EngineCosts(), onAnswer } = options;
  const { explain = (error) => error } = options;
  const shared = { mode, lanes, costs, clock };
  const pooled = createTunnelAgent(channels, { ...shared, pooled: true });
  // For streams, which hold their channel until they end, and for second tries, which must not meet a second stale one.
  const single = createTunnelAgent(channels, { ...shared, pooled: false });
  let pending = new AbortController();

  async function askOnce(question: Question, entry: GateEntry, { signal, dropped }: Ends): Promise<OpenAnswer> {
    const lane = laneOf(entry, question.path);
    const wish = { entry, isEndless: isEndless(lane), question, clock, signal, dropped };
    const first = send(isEndless(lane) ? single : pooled, wish);
    try {
      const head = await first.head.catch((error: unknown) => {
        // A pooled channel the engine closed between two requests. Reads may be asked again, changes never (DESIGN, 4).
        if (!first.wentStale(error) || entry.effect !== 'read') throw error;
        return send(single, wish).head;
      });
      onAnswer?.();
      return { entry, ...head };
    } catch (error) {
      const translated = translateError(error, entry.name);
      if (!(translated instanceof AppError)) throw translated;
      const explained = explain(translated);
      throw entry.effect === 'read' || first.hadChannel() ? explained : notSent(explained);
    }
  }

  return {
    async ask(question, signal) {
      const entry = checkRequest({ ...question, hasBody: false }, mode());
      const ends: Ends = { signal, dropped: pending.signal };
      const lane = laneOf(entry, question.path);
      for (let tries = 0; ; tries += 1) {
        try {
          return await askOnce(question, entry, ends);
        } catch (error) {
          // Nothing was sent, and there may be room in a moment.
          if (tries < triesOf(error, lane)) {
            const waitMs = limits.engine.stdioRetryMs * 2 ** tries;
            await clock.sleep(waitMs, AbortSignal.any([signal, ends.dropped])).catch(() => undefined);
          } else if (isCoded(error, 'SESSIONS_EXHAUSTED') && lane !== 'short' && lane !== 'bulk') {
            throw entry.effect === 'read' ? lanes.exhausted(lane) : notSent(lanes.exhausted(lane));
          } else throw error;
        }
      }
    },
    rejectPending(why) {
      const before = pending;
      pending = new AbortController();
      before.abort(why);
    },
    hasRoomForEvents: () => lanes.hasRoom('events'),
    [Symbol.dispose]() {
      pooled.destroy();
      single.destroy();
    },
  };
}

/** What ends a request before its answer: who asked for it, or who knows that nothing will be answered. */
interface Ends {
  readonly signal: AbortSignal;
  /** Aborted with an AppError. */
  readonly dropped: AbortSignal;
}

function isEndless(lane: Lane): boolean {
  return lane === 'events' || lane === 'stream';
}

/** How often a request that got no channel is tried again. */
function triesOf(error: unknown, lane: Lane): number {
  // sshd frees a session only some time after its end, and the lanes know meanwhile how many there are.
  if (isCoded(error, 'SESSIONS_EXHAUSTED')) return limits.engine.stdioRetries;
  // A log that was closed in this very moment, for another to be opened. Events are polled instead.
  return isCoded(error, 'CHANNELS_EXHAUSTED') && lane !== 'events' ? 1 : 0;
}

function isCoded(error: unknown, code: ErrorCode): boolean {
  return error instanceof AppError && error.code === code;
}

/** Reads the body to its end. Rejects as {@link Transport.ask} does. */
export async function readAnswer({ entry, response }: OpenAnswer): Promise<Answer> {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  try {
    // Sees one that broke in the same turn as its head came, before anybody could listen.
    await finished(response, { writable: false });
  } catch (error) {
    throw translateError(error, entry.name);
  }
  const { statusCode = 0, headers } = response;
  return { call: entry.name, status: statusCode, headers, body: Buffer.concat(chunks) };
}

interface Asked {
  readonly head: Promise<Pick<OpenAnswer, 'response' | 'tookMs'>>;
  /** Whether anything of it may have been sent. One that was given up before gets no channel any more. */
  hadChannel(): boolean;
  wentStale(error: unknown): boolean;
}

interface Wish extends Ends {
  readonly entry: GateEntry;
  readonly isEndless: boolean;
  readonly question: Question;
  readonly clock: Clock;
}

function send(agent: Agent, { entry, isEndless, question, clock, signal, dropped }: Wish): Asked {
  for (const end of [signal, dropped]) {
    if (!end.aborted) continue;
    return { head: Promise.reject(abortError(end)), hadChannel: () => false, wentStale: () => false };
  }
  const { method, path } = question;
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<Asked['head']>>();
  let response: IncomingMessage | null = null;
  let sentAt = clock.monotonic();
  let hadChannel = false;
  const request = httpRequest({ agent, method, path, host: 'localhost' });
  // Not the `signal` option of Node: a request without a socket yet would tell nobody that it was aborted.
  const endBy = (end: AbortSignal) => () => {
    const error = abortError(end);
    reject(error);
    (response ?? request).destroy(error);
  };
  const abort = endBy(signal);
  const drop = endBy(dropped);
  signal.addEventListener('abort', abort, { once: true });
  dropped.addEventListener('abort', drop, { once: true });
  request.once('close', () => {
    signal.removeEventListener('abort', abort);
    dropped.removeEventListener('abort', drop);
    // Without an answer or an error before it: Node hangs up on a 101, which nobody asked for, and says no more.
    if (response === null) reject(invalidAnswer(entry.name, 'it switches to another protocol', null));
  });
  // Node writes nothing before it has told of the channel.
  request.once('socket', () => {
    hadChannel = true;
    sentAt = clock.monotonic();
  });
  request.on('response', (answer) => {
    response = answer;
    // A stream that is open has been answered.
    if (isEndless && answer.statusCode === 200) dropped.removeEventListener('abort', drop);
    resolve({ response: answer, tookMs: clock.monotonic() - sentAt });
  });
  request.on('error', (error) => {
    reject(error);
    // What Node's parser finds in a body it tells the request alone; the answer would only hear that it ended early.
    response?.destroy(error);
  });
  return {
    head: promise,
    hadChannel: () => hadChannel,
    wentStale: (error) =>
      request.reusedSocket && error instanceof Error && 'code' in error && STALE.has(String(error.code)),
  };
}

// The last: `docker system dial-stdio` whose engine was restarted may say so, where a socket would just end.
const STALE: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'DIAL_STDIO_FAILED']);
