import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';

const HEADER_BYTES = 8;
/** The engine's own complaint, in the middle of a stream it has already answered 200 to (moby, `Systemerr`). */
const SYSTEM_ERROR = 3;

/** Payload bytes [start, end) of one frame within one chunk. */
export interface Piece {
  chunk: Buffer;
  stream: 'stdout' | 'stderr';
  start: number;
  end: number;
  /** True where it begins its frame, or ends it. */
  opens: boolean;
  closes: boolean;
}

/**
 * Takes Docker's framed stream apart, whatever way it was cut into chunks: an 8-byte header (stream 0, 1 or 2,
 * three zero bytes, big-endian length), then that many bytes. Nothing is copied but a header that straddles two
 * chunks, every byte is looked at once, and frames may be of any number and size: docker-modem's `demuxStream`
 * overflows the stack on some thousand small ones and is quadratic (FACTS, engine 5).
 */
export class Demultiplexer {
  readonly #piece: Piece = { chunk: Buffer.alloc(0), stream: 'stdout', start: 0, end: 0, opens: false, closes: false };
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;
  #type = 0;
  /** Payload bytes of the current frame that are still to come. */
  #left = 0;
  #opens = false;
  #complaint = '';

  /** Gives it the next chunk, once `next()` has answered null for the one before. */
  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /**
   * The next piece of payload in the chunk, never empty; null when the chunk is used up. The object is the same
   * each time, and holds until the next call.
   * @throws AppError ENGINE_ANSWER_INVALID for a header that cannot be one; ENGINE_ERROR with the engine's words
   * where it reports its own failure in the stream
   */
  next(): Piece | null {
    const chunk = this.#chunk;
    for (;;) {
      while (this.#left === 0) if (!this.#readHeader(chunk)) return null;
      if (this.#at === chunk.length) return null;
      const start = this.#at;
      const end = Math.min(chunk.length, start + this.#left);
      this.#at = end;
      this.#left -= end - start;
      if (this.#type === SYSTEM_ERROR) {
        this.#complain(chunk, start, end);
        continue;
      }
      const piece = this.#piece;
      piece.chunk = chunk;
      piece.stream = this.#type === 2 ? 'stderr' : 'stdout';
      piece.start = start;
      piece.end = end;
      piece.opens = this.#opens;
      piece.closes = this.#left === 0;
      this.#opens = false;
      return piece;
    }
  }

  /** True where a stream may end: not inside a header or a frame. */
  get betweenFrames(): boolean {
    return this.#left === 0 && this.#headerBytes === 0;
  }

  /** False when the chunk ended first. */
  #readHeader(chunk: Buffer): boolean {
    const at = this.#at;
    if (this.#headerBytes === 0 && chunk.length - at >= HEADER_BYTES) {
      this.#openFrame(chunk, at);
      this.#at = at + HEADER_BYTES;
      return true;
    }
    const taken = chunk.copy(this.#header, this.#headerBytes, at);
    this.#at += taken;
    this.#headerBytes += taken;
    if (this.#headerBytes < HEADER_BYTES) return false;
    this.#headerBytes = 0;
    this.#openFrame(this.#header, 0);
    return true;
  }

  #openFrame(bytes: Buffer, at: number): void {
    const type = bytes[at] as number;
    const length = bytes.readUInt32BE(at + 4);
    const padded = bytes[at + 1] === 0 && bytes[at + 2] === 0 && bytes[at + 3] === 0;
    if (type > SYSTEM_ERROR || !padded || length > limits.engine.logFrameBytes) {
      throw new AppError('ENGINE_ANSWER_INVALID', 'The engine sent a log stream that cannot be read.', {
        details: { header: bytes.toString('hex', at, at + HEADER_BYTES) },
        hint: 'Open the log again; if it stays so, look at what stands between Binnacle and the engine, such as a proxy.',
      });
    }
    this.#type = type;
    this.#left = length;
    this.#opens = true;
  }

  #complain(chunk: Buffer, start: number, end: number): void {
    const room = limits.text.reasonChars * 4 - this.#complaint.length;
    this.#complaint += chunk.toString('utf8', start, Math.min(end, start + Math.max(0, room)));
    if (this.#left > 0) return;
    const words = visibleText(this.#complaint.trim(), limits.text.reasonChars);
    throw new AppError('ENGINE_ERROR', `The engine stopped reading this log: ${words}`, {
      hint: 'The log file on the host may be damaged: see the engine’s own journal there.',
    });
  }
}
