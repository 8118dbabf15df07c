import { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';

/**
 * Makes an ssh2 channel behave as a stream should. As it comes it stays half open for ever once the other side has ended
 * (FACTS, tunnel 3), its `destroy()` goes on delivering data and never marks it destroyed, and its errors need a listener.
 */
export function adoptChannel(channel: ClientChannel): void {
  channel.on('error', () => {});
  channel.on('end', () => channel.end());
  const close = channel.destroy.bind(channel);
  channel.destroy = (error?: Error) => {
    if (!channel.destroyed) {
      close(); // sends EOF and CLOSE; ssh2 emits 'close' when the other side has closed too
      Duplex.prototype.destroy.call(channel, error);
    }
    return channel;
  };
}

/**
 * Ends a channel whose connection is gone. ssh2 would end it as if all had been read; an answer cut in the middle would
 * pass for a whole one.
 */
export function failChannel(channel: ClientChannel, error: Error): void {
  if (channel.destroyed) return;
  // At once, because ssh2 emits 'close' in this same tick, and readers go by what they see first.
  channel.emit('error', error);
  Duplex.prototype.destroy.call(channel);
}

/** How a command ended: its exit code, or null and the signal that ended it; neither where sshd told nothing. */
export interface CommandEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/**
 * An adopted channel as a stream of its own, which is closed as soon as it is destroyed: the channel itself tells of that
 * only once the other side has answered, which over a dead link is never. It counts its bytes as `net.Socket` does.
 */
export class ChannelStream extends Duplex {
  readonly #channel: Duplex;
  #bytesRead = 0;
  #bytesWritten = 0;

  /**
   * @param judge for a command: what its end means. What it wrote then counts as ended only once that is known, so that the
   *   output of one that failed does not pass for a whole one
   */
  constructor(channel: Duplex, judge?: (end: CommandEnd) => Error | null) {
    super({ allowHalfOpen: false });
    this.#channel = channel;
    channel.on('data', (chunk: Buffer) => {
      this.#bytesRead += chunk.length;
      if (!this.push(chunk)) channel.pause();
    });
    channel.on('end', () => {
      if (judge === undefined) this.push(null);
    });
    // Stays for as long as the channel lives: an error after our own end would otherwise bring the process down.
    channel.on('error', (error) => this.destroy(error));
    channel.on('close', (exitCode?: number | null, signal?: string | null) => {
      if (this.destroyed) return;
      const failure = judge?.({ exitCode: exitCode ?? null, signal: signal ?? null }) ?? null;
      if (failure !== null || !channel.readableEnded) {
        this.destroy(failure ?? undefined);
        return;
      }
      if (judge !== undefined) this.push(null);
      // What is not sent by now never will be; what has come is read first.
      if (this.readableEnded) this.destroy();
      else this.once('end', () => this.destroy());
    });
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // What ended there, such as a command that is not to be found, reads no more. How it ended is told by its 'close',
    // which is still to come; writing to it would only fail with words of Node's.
    if (this.#channel.writableEnded) {
      done();
      return;
    }
    this.#bytesWritten += chunk.length;
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
}
