import { Duplex } from 'node:stream';
import type { ServerChannel } from 'ssh2';

/**
 * A channel as `http.Server` needs a socket. An ssh2 channel lacks the methods of one, stays half-open after the client's
 * end, never answers a write that came after its close, and has no `destroy` to speak of (FACTS, tunnel 3).
 */
export class ChannelSocket extends Duplex {
  readonly #channel: ServerChannel;

  constructor(channel: ServerChannel) {
    super({ allowHalfOpen: false });
    this.#channel = channel;
    channel.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause();
    });
    channel.on('end', () => this.push(null));
    channel.on('error', () => this.destroy());
    channel.on('close', () => this.destroy());
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // Called back once all of it is within the window that the client has opened: that is what holds a stream back.
    this.#channel.write(chunk, encoding, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#channel.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#channel.destroy();
    done(error);
  }

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
