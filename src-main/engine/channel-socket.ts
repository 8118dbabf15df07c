import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { abortError } from '../kernel/errors.ts';
import type { Channels } from './channels.ts';

/**
 * Opens a channel, as `http.Agent` needs it. Gives up when `signal` says so, even where the channels do not listen to it.
 * @throws what the channels reject with, or the signal's AppError
 */
export async function openSocket(channels: Channels, signal: AbortSignal): Promise<Duplex> {
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

/**
 * A channel as `http.Agent` needs it. A `net.Socket` is one already, and is given back as it is.
 *
 * An ssh2 channel is not: it lacks the methods of a socket the agent calls, stays half-open after the engine's end
 * (FACTS, tunnel 3), and its `destroy` drops the error and emits nothing until the server has answered, which over a
 * dead link is never: a deadline could not end a request.
 */
function asSocket(channel: Duplex): Duplex {
  return channel instanceof Socket ? channel : new ChannelSocket(channel);
}

class ChannelSocket extends Duplex {
  readonly #channel: Duplex;

  constructor(channel: Duplex) {
    super({ allowHalfOpen: false });
    this.#channel = channel;
    channel.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause();
    });
    channel.on('end', () => this.push(null));
    // Stays for as long as the channel lives: an error after our own end would otherwise bring the process down.
    channel.on('error', (error) => this.destroy(error));
    channel.on('close', () => {
      // What is still buffered is read first; then 'end' comes.
      if (!channel.readableEnded && channel.readableLength === 0) this.destroy();
    });
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#channel.write(chunk, encoding)) done();
    else this.#channel.once('drain', done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#channel.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#channel.destroy();
    done(error);
  }

  // What http.Agent and http.ClientRequest call on a socket: the connection below has its own keepalive and no Nagle,
  // and deadlines are the agent's.
  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
