import { type Agent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import type { Channels } from './channels.ts';
import { invalidAnswer, notSent, translateError } from './errors.ts';
import { checkRequest, type GateEntry, type HostMode } from './gate.ts';
import { createTunnelAgent } from './tunnel-agent.ts';

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
}

/** @param mode read at each request, and again when it is sent */
export function createTransport(channels: Channels, mode: () => HostMode, clock: Clock = systemClock): Transport {
  const pooled = createTunnelAgent(channels, { mode, pooled: true });
  // For streams, which hold their channel until they end, and for second tries, which must not meet a second stale one.
  const single = createTunnelAgent(channels, { mode, pooled: false });
  return {
    async ask(question, signal) {
      const entry = checkRequest({ ...question, hasBody: false }, mode());
      const first = send(entry.stream ? single : pooled, entry, question, clock, signal);
      try {
        const head = await first.head.catch((error: unknown) => {
          // A pooled channel the engine closed between two requests. Reads may be asked again, changes never (DESIGN, 4).
          if (!first.wentStale(error) || entry.effect !== 'read') throw error;
          return send(single, entry, question, clock, signal).head;
        });
        return { entry, ...head };
      } catch (error) {
        const translated = translateError(error, entry.name);
        const mayBeSent = entry.effect === 'read' || first.hadChannel() || !(translated instanceof AppError);
        throw mayBeSent ? translated : notSent(translated);
      }
    },
    [Symbol.dispose]() {
      pooled.destroy();
      single.destroy();
    },
  };
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

function send(agent: Agent, entry: GateEntry, { method, path }: Question, clock: Clock, signal: AbortSignal): Asked {
  if (signal.aborted) {
    return { head: Promise.reject(abortError(signal)), hadChannel: () => false, wentStale: () => false };
  }
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<Asked['head']>>();
  let response: IncomingMessage | null = null;
  let sentAt = clock.monotonic();
  let hadChannel = false;
  const request = httpRequest({ agent, method, path, host: 'localhost' });
  // Not the `signal` option of Node: a request without a socket yet would tell nobody that it was aborted.
  const abort = () => {
    const error = abortError(signal);
    reject(error);
    (response ?? request).destroy(error);
  };
  signal.addEventListener('abort', abort, { once: true });
  request.once('close', () => {
    signal.removeEventListener('abort', abort);
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

const STALE: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);
