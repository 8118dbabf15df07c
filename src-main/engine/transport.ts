import { type Agent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { abortError } from '../kernel/errors.ts';
import type { Channels } from './channels.ts';
import { translateError } from './errors.ts';
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
   * ENGINE_UNREACHABLE where the engine hung up, or the signal's own, at once.
   */
  ask(question: Question, signal: AbortSignal): Promise<OpenAnswer>;
}

export function createTransport(channels: Channels, mode: HostMode): Transport {
  const pooled = createTunnelAgent(channels, { mode, pooled: true });
  // For streams, which hold their channel until they end, and for second tries, which must not meet a second stale one.
  const single = createTunnelAgent(channels, { mode, pooled: false });
  return {
    async ask(question, signal) {
      const entry = checkRequest({ ...question, hasBody: false }, mode);
      try {
        const first = send(entry.stream ? single : pooled, question, signal);
        const response = await first.response.catch((error: unknown) => {
          // A pooled channel the engine closed between two requests. Reads may be asked again, changes never (DESIGN, 4).
          if (!first.wentStale(error) || entry.effect !== 'read') throw error;
          return send(single, question, signal).response;
        });
        return { entry, response };
      } catch (error) {
        throw translateError(error, entry.name);
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
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  response.on('end', resolve);
  response.on('error', reject);
  try {
    await promise;
  } catch (error) {
    throw translateError(error, entry.name);
  }
  const { statusCode = 0, headers } = response;
  return { call: entry.name, status: statusCode, headers, body: Buffer.concat(chunks) };
}

interface Asked {
  readonly response: Promise<IncomingMessage>;
  wentStale(error: unknown): boolean;
}

function send(agent: Agent, { method, path }: Question, signal: AbortSignal): Asked {
  if (signal.aborted) return { response: Promise.reject(abortError(signal)), wentStale: () => false };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  let response: IncomingMessage | null = null;
  const request = httpRequest({ agent, method, path, host: 'localhost' });
  // Not the `signal` option of Node: a request without a socket yet would tell nobody that it was aborted.
  const abort = () => {
    const error = abortError(signal);
    reject(error);
    (response ?? request).destroy(error);
  };
  signal.addEventListener('abort', abort, { once: true });
  request.once('close', () => signal.removeEventListener('abort', abort));
  request.on('response', (answer) => {
    response = answer;
    resolve(answer);
  });
  request.on('error', reject);
  return {
    response: promise,
    wentStale: (error) =>
      request.reusedSocket && error instanceof Error && 'code' in error && STALE.has(String(error.code)),
  };
}

const STALE: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);
