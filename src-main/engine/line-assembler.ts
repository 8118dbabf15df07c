import { LONGEST_STAMP_BYTES, stampLength } from './log-stamp.ts';
import type { LogLine } from './model.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
/**
 * moby reads what a container writes into a buffer of this size: a longer line is cut into messages of as many bytes.
 * They can come out longer: the json-file log makes U+FFFD of each byte of a character cut in two, and of any other
 * that is not UTF-8.
 */
const MESSAGE_BYTES = 16 * 1024;
const SMALLEST_HOLD_BYTES = 1024;
/** A buffer grown beyond this is given back once its line is out. */
const KEPT_HOLD_BYTES = 64 * 1024;

export interface LineAssemblerOptions {
  readonly stream: LogLine['stream'];
  /** Each message begins with a timestamp, which belongs to the line's `time` and not to its text. */
  readonly timestamps: boolean;
  /** Beyond: cut at a character boundary, and the rest skipped without being held. */
  readonly maxLineBytes: number;
}

/**
 * Makes lines of one of a container's streams. A message without a newline is continued by the next one of its
 * stream: so a long line arrives, 16 KiB a message, with the first message's timestamp on each (moby, `copier.go`).
 * A shorter one under another timestamp is what a process left unfinished when it ended: a line of its own.
 * On a terminal messages have no frame: the line's timestamp is found again inside it.
 *
 * Bytes are copied only while the line's end has not arrived, and decoded as UTF-8 once, whole.
 */
export class LineAssembler {
  readonly #stream: LogLine['stream'];
  readonly #timestamps: boolean;
  readonly #maxBytes: number;
  readonly #wholeLineBytes: number;
  /** A line of #maxBytes, its `\r` and the timestamps within it, and one byte more: enough to know that it is too long. */
  readonly #mostHeld: number;
  /** What came of the open line in earlier chunks. */
  #held = Buffer.alloc(0);
  #heldBytes = 0;
  readonly #head = Buffer.alloc(LONGEST_STAMP_BYTES);
  /** The start of a timestamp whose rest is in the next chunk. */
  #headBytes = 0;
  /** The next byte begins a message, so perhaps a timestamp. */
  #awaitsStamp: boolean;
  #open = false;
  #skipping = false;
  #time: string | null = null;
  #messageBytes = 0;

  constructor({ stream, timestamps, maxLineBytes }: LineAssemblerOptions) {
    this.#stream = stream;
    this.#timestamps = timestamps;
    this.#maxBytes = maxLineBytes;
    this.#mostHeld = maxLineBytes + 2;
    if (this.#hasInnerStamps) this.#mostHeld += Math.ceil(this.#mostHeld / MESSAGE_BYTES) * LONGEST_STAMP_BYTES;
    this.#wholeLineBytes = Math.min(maxLineBytes, MESSAGE_BYTES);
    this.#awaitsStamp = timestamps;
  }

  /** A frame begins: what comes next is a new message. */
  openFrame(): void {
    if (this.#timestamps) this.#awaitsStamp = true;
  }

  /** A frame has ended: what looked like the start of a timestamp was none. */
  closeFrame(lines: LogLine[]): void {
    if (this.#headBytes > 0) this.#takeHeadAsText(lines);
  }

  /**
   * Takes content from [start, end) of `chunk`, at most to the end of its first line, and adds the lines it finished
   * to `lines`: one as a rule; two where that line also showed that the one before it was over. Returns where it stopped.
   */
  take(chunk: Buffer, start: number, end: number, lines: LogLine[]): number {
    if (this.#awaitsStamp && !this.#open && this.#headBytes === 0) {
      const stop = this.#takeWholeLine(chunk, start, end, lines);
      if (stop !== -1) return stop;
    }
    const at = this.#awaitsStamp ? this.#takeStamp(chunk, start, end, lines) : start;
    if (at === end) return end;
    const newline = indexOfNewline(chunk, at, end);
    if (newline === -1) {
      this.#hold(chunk, at, end, lines);
      return end;
    }
    if (this.#heldBytes === 0 && !this.#skipping) {
      this.#emit(chunk, at, newline, lines);
    } else {
      this.#hold(chunk, at, newline, lines);
      this.#finish(lines);
    }
    this.#messageBytes = 0;
    this.#open = false;
    if (this.#hasInnerStamps) this.#awaitsStamp = true;
    return newline + 1;
  }

  /** The stream is over: a last line without a newline is a line. */
  end(lines: LogLine[]): void {
    this.closeFrame(lines);
    if (this.#open) this.#finish(lines);
  }

  /**
   * What nearly every line is: timestamp, text and newline in one chunk. Decodes both in one call, which is what most
   * of the time goes into. -1 where it is anything else.
   */
  #takeWholeLine(chunk: Buffer, start: number, end: number, lines: LogLine[]): number {
    const length = stampLength(chunk, start, end);
    if (length <= 0) return -1;
    const newline = indexOfNewline(chunk, start + length, Math.min(end, start + length + this.#wholeLineBytes));
    if (newline === -1) return -1;
    const stop = chunk[newline - 1] === RETURN ? newline - 1 : newline;
    // No encoding named: UTF-8 without looking its name up, which shows here.
    const line = chunk.toString(undefined, start, stop);
    this.#time = line.slice(0, length - 1);
    lines.push({ stream: this.#stream, time: this.#time, text: line.slice(length), cut: false });
    this.#awaitsStamp = this.#hasInnerStamps;
    return newline + 1;
  }

  #takeStamp(chunk: Buffer, start: number, end: number, lines: LogLine[]): number {
    const earlier = this.#headBytes;
    const bytes = earlier === 0 ? chunk : this.#head;
    const from = earlier === 0 ? start : 0;
    const copied = earlier === 0 ? 0 : chunk.copy(this.#head, earlier, start, end);
    const length = stampLength(bytes, from, earlier === 0 ? end : earlier + copied);
    if (length === -1) {
      this.#headBytes += earlier === 0 ? chunk.copy(this.#head, 0, start, end) : copied;
      return end;
    }
    if (length === 0) {
      if (earlier === 0) this.#openMessage(null, lines);
      else this.#takeHeadAsText(lines);
      return start;
    }
    this.#headBytes = 0;
    this.#openMessage(bytes.toString('latin1', from, from + length - 1), lines);
    return start + length - earlier;
  }

  #takeHeadAsText(lines: LogLine[]): void {
    const length = this.#headBytes;
    this.#headBytes = 0;
    this.#openMessage(null, lines);
    this.#hold(this.#head, 0, length, lines);
  }

  #openMessage(time: string | null, lines: LogLine[]): void {
    this.#awaitsStamp = false;
    const leftUnfinished = time !== null && time !== this.#time && this.#messageBytes < MESSAGE_BYTES;
    if (this.#open && leftUnfinished) this.#finish(lines);
    if (!this.#open) this.#time = time;
    this.#open = true;
    this.#messageBytes = 0;
  }

  /** Keeps content of the open line; hands the line on as soon as it is known to be too long. */
  #hold(chunk: Buffer, start: number, end: number, lines: LogLine[]): void {
    this.#open = true;
    this.#messageBytes += end - start;
    if (this.#skipping) return;
    const most = this.#mostHeld;
    const needed = Math.min(most, this.#heldBytes + end - start);
    if (needed > this.#held.length) {
      const grown = Buffer.allocUnsafeSlow(
        Math.min(most, Math.max(SMALLEST_HOLD_BYTES, this.#held.length * 2, needed)),
      );
      this.#held.copy(grown, 0, 0, this.#heldBytes);
      this.#held = grown;
    }
    chunk.copy(this.#held, this.#heldBytes, start, start + needed - this.#heldBytes);
    this.#heldBytes = needed;
    if (needed < most) return;
    this.#emit(this.#held, 0, needed, lines);
    this.#release();
    this.#skipping = true;
  }

  #finish(lines: LogLine[]): void {
    if (!this.#skipping) this.#emit(this.#held, 0, this.#heldBytes, lines);
    this.#skipping = false;
    this.#open = false;
    this.#release();
  }

  #release(): void {
    this.#heldBytes = 0;
    if (this.#held.length > KEPT_HOLD_BYTES) this.#held = Buffer.alloc(0);
  }

  #emit(bytes: Buffer, start: number, end: number, lines: LogLine[]): void {
    if (this.#hasInnerStamps && this.#time !== null && end - start > MESSAGE_BYTES) {
      const text = withoutInner(`${this.#time} `, bytes.subarray(start, end));
      this.#emitText(text, 0, text.length, lines);
    } else {
      this.#emitText(bytes, start, end, lines);
    }
  }

  #emitText(bytes: Buffer, start: number, end: number, lines: LogLine[]): void {
    const stop = end > start && bytes[end - 1] === RETURN ? end - 1 : end;
    const cut = stop - start > this.#maxBytes;
    const text = cut
      ? wholeCharacters(bytes.subarray(start, start + this.#maxBytes))
      : bytes.toString(undefined, start, stop);
    lines.push({ stream: this.#stream, time: this.#time, text, cut });
  }

  /** A terminal's messages have no frames to tell where the next one and its timestamp begin. */
  get #hasInnerStamps(): boolean {
    return this.#timestamps && this.#stream === 'tty';
  }
}

/** The line's own timestamp to the nanosecond, a message's length in: no text of the container's. */
function withoutInner(stamp: string, line: Buffer): Buffer {
  const parts: Buffer[] = [];
  let start = 0;
  for (let at = line.indexOf(stamp, MESSAGE_BYTES); at !== -1; at = line.indexOf(stamp, start + MESSAGE_BYTES)) {
    parts.push(line.subarray(start, at));
    start = at + stamp.length;
  }
  return start === 0 ? line : Buffer.concat([...parts, line.subarray(start)]);
}

/** Decodes without a character that the end of `bytes` cuts through. */
function wholeCharacters(bytes: Buffer): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: true });
}

/** For a short line the loop is faster than a call out of JavaScript; for a long one the other way round. */
function indexOfNewline(chunk: Buffer, start: number, end: number): number {
  const near = Math.min(end, start + 48);
  for (let at = start; at < near; at++) if (chunk[at] === NEWLINE) return at;
  if (near === end) return -1;
  const found = chunk.subarray(near, end).indexOf(NEWLINE);
  return found === -1 ? -1 : near + found;
}
