import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { Demultiplexer, type Piece } from './demux.ts';
import { LineAssembler } from './line-assembler.ts';
import type { LogLine } from './model.ts';

export interface LogDecoderOptions {
  readonly tty: boolean;
  readonly timestamps: boolean;
  /** Only tests want another than the default. */
  readonly maxLineBytes?: number;
}

/**
 * The engine's log stream in, lines out, a bounded number at a time: nothing is decoded ahead of what is asked
 * for, so that a chunk of blank lines is no mountain of objects. Holds the current chunk and at most one
 * unfinished line a stream.
 */
export class LogDecoder {
  /** null for a terminal, whose stream has no frames. */
  readonly #frames: Demultiplexer | null;
  readonly #stdout: LineAssembler;
  readonly #stderr: LineAssembler;
  #unframed: Piece | null = null;
  #piece: Piece | null = null;
  #idle = true;

  constructor({ tty, timestamps, maxLineBytes = limits.engine.logLineBytes }: LogDecoderOptions) {
    this.#frames = tty ? null : new Demultiplexer();
    this.#stdout = new LineAssembler({ stream: tty ? 'tty' : 'stdout', timestamps, maxLineBytes });
    this.#stderr = new LineAssembler({ stream: 'stderr', timestamps, maxLineBytes });
  }

  /** True when it has used up its chunk and needs the next. */
  get idle(): boolean {
    return this.#idle;
  }

  /** Gives it the next chunk. Only while it is idle. */
  push(chunk: Buffer): void {
    this.#idle = false;
    if (this.#frames !== null) this.#frames.push(chunk);
    else if (chunk.length > 0) {
      this.#unframed = { chunk, stream: 'stdout', start: 0, end: chunk.length, opens: false, closes: false };
    }
  }

  /**
   * Adds lines to `lines` until there are `maxLines`, or `maxBytes` of content have been looked at, or the chunk
   * is used up. Returns the bytes looked at. A line more than asked for can come with it, and the rest of a piece.
   * @throws AppError ENGINE_ANSWER_INVALID, ENGINE_ERROR: see {@link Demultiplexer.next}; `lines` keeps what came before
   */
  decode(lines: LogLine[], maxLines: number, maxBytes: number): number {
    let taken = 0;
    while (lines.length < maxLines && taken < maxBytes) {
      const piece = this.#piece ?? this.#nextPiece();
      if (piece === null) {
        this.#idle = true;
        break;
      }
      const assembler = piece.stream === 'stdout' ? this.#stdout : this.#stderr;
      if (piece.opens) {
        assembler.openFrame();
        piece.opens = false;
      }
      const stop = assembler.take(piece.chunk, piece.start, piece.end, lines);
      taken += stop - piece.start;
      piece.start = stop;
      if (stop < piece.end) {
        this.#piece = piece;
        continue;
      }
      if (piece.closes) assembler.closeFrame(lines);
      this.#piece = null;
    }
    return taken;
  }

  /**
   * The stream has ended: adds the last lines, those without a newline.
   * @throws AppError CONNECTION_LOST when it ended inside a frame
   */
  end(lines: LogLine[]): void {
    if (this.#frames?.betweenFrames === false) {
      throw new AppError('CONNECTION_LOST', 'The log stream broke off in the middle of a line.', {
        hint: 'Open the log again.',
      });
    }
    this.#stdout.end(lines);
    this.#stderr.end(lines);
  }

  #nextPiece(): Piece | null {
    if (this.#frames !== null) return this.#frames.next();
    const piece = this.#unframed;
    this.#unframed = null;
    return piece;
  }
}
