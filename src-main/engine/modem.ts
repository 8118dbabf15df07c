import type Docker from 'dockerode';
import { parseJson } from './answers.ts';
import { brokenOff, readError, statusError } from './errors.ts';
import { renegotiate } from './negotiation.ts';
import { type Answer, type OpenAnswer, readAnswer, type Transport } from './transport.ts';

/** What dockerode hands to its modem. */
interface Dial {
  readonly method: string;
  /** Without the API version; ends with `?` where options are to follow. */
  readonly path: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

type Dialled = (error: unknown, answer: unknown) => void;

/**
 * Sends what dockerode asks through our transport, in place of docker-modem: that one holds a whole answer without a
 * bound, holds a log too unless it is followed, never calls back when an answer breaks off in its middle, inspects each
 * request's options at length for a log that is off, and reads DOCKER_HOST and certificates from the environment.
 *
 * Answers are parsed JSON, the response itself for what the gate calls a stream, or how a change ended.
 */
export class EngineModem {
  readonly #transport: Transport;
  #apiVersion: string;

  /** @param apiVersion what was negotiated, as in `1.41` */
  constructor(transport: Transport, apiVersion: string) {
    this.#transport = transport;
    this.#apiVersion = apiVersion;
  }

  /** Changes when the engine behind an open connection is replaced by one that speaks another. */
  get apiVersion(): string {
    return this.#apiVersion;
  }

  /** The options with which `new Docker` takes this modem, for calls that `signal` aborts. */
  dockerOptions(signal: AbortSignal): Docker.DockerOptions {
    const dial = (question: Dial, done: Dialled): void => {
      this.#dial(question, signal).then(
        (answer) => done(null, answer),
        (error: unknown) => done(error, null),
      );
    };
    // Not in dockerode's types: docker.js takes `modem` as it is, and makes its promises by `modem.Promise`.
    const options: Docker.DockerOptions & { readonly modem: object } = { modem: { dial, Promise } };
    return options;
  }

  async #dial(dial: Dial, signal: AbortSignal): Promise<unknown> {
    const open = await this.#ask(dial, signal);
    if (open.response.statusCode !== 400) return taken(open);
    const refusal = await readAnswer(open);
    const version = renegotiate(refusal);
    if (version === null) throw statusError(refusal.call, refusal.status, refusal.body);
    this.#apiVersion = version;
    // A change too: an engine looks at the version before it looks at anything else, so that nothing was done.
    return taken(await this.#ask(dial, signal));
  }

  #ask(dial: Dial, signal: AbortSignal): Promise<OpenAnswer> {
    return this.#transport.ask({ method: dial.method, path: `/v${this.#apiVersion}${targetOf(dial)}` }, signal);
  }
}

async function taken(open: OpenAnswer): Promise<unknown> {
  if (open.entry.stream && open.response.statusCode === 200) return open.response;
  const answer = await readAnswer(open);
  if (open.entry.effect !== 'read') return changed(answer);
  if (answer.status === 200) return parseJson(answer);
  throw readError(answer.call, answer.status, answer.body);
}

/** `already`: it was so before, as when what is stopped is to be stopped. */
export type Changed = 'done' | 'already';

function changed(answer: Answer): Changed {
  if (answer.status === 204) return 'done';
  if (answer.status === 304) return 'already';
  // Not the engine's words, but a proxy's that heard nothing from it: the change may have been done.
  if (answer.status === 502 || answer.status === 504) throw brokenOff(answer.call, answer.status);
  throw statusError(answer.call, answer.status, answer.body);
}

/** The path and query, each option once, in the order dockerode was given them. */
function targetOf({ path, options = {} }: Dial): string {
  if (!path.endsWith('?')) return path;
  const query = Object.entries(options).map(
    ([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`,
  );
  return query.length === 0 ? path.slice(0, -1) : path + query.join('&');
}
