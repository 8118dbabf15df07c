import type { Socket } from 'node:net';

/** What is done to the bytes of a way while they are let through. */
export interface Shape {
  /** Milliseconds that each byte is late, each way; the order stays. 0: not late. */
  readonly latencyMs: number;
  /** What one direction of one connection lets through, in small pieces; null: all there is. */
  readonly bytesPerSecond: number | null;
}

/** How things stand for every connection of a proxy; read at each step, so that a change holds at once. */
export interface Conditions {
  readonly shape: () => Shape;
  /** Whether nothing is let through now. */
  readonly isHeld: () => boolean;
  /** Asked before `length` bytes are handed on in this direction. */
  readonly grant: (length: number) => Grant;
}

interface Grant {
  /** How many may be. */
  readonly length: number;
  /** They are the last ones: called when they have left. */
  readonly onSent?: () => void;
}

/** A dripping lane lets something through this often. */
const DRIP_EVERY_MS = 50;

/** Bytes one lane keeps for later; beyond, it reads no more. */
const HELD_BYTES = 1_048_576;

/** One direction of one connection: takes what `from` says, and hands it to `to` as the conditions allow. */
export class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #conditions: Conditions;
  /** null: the end. */
  readonly #queue: { readonly takenAt: number; bytes: Buffer | null }[] = [];
  #queued = 0;
  #isFull = false;
  #isSpent = false;
  #timer: NodeJS.Timeout | null = null;
  #nextDripAt = 0;

  constructor(from: Socket, to: Socket, conditions: Conditions) {
    this.#from = from;
    this.#to = to;
    this.#conditions = conditions;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.on('end', () => this.#take(null));
    to.on('drain', () => {
      this.#isFull = false;
      this.flow();
    });
  }

  /** Goes on where it stood; also after the conditions have changed. */
  flow(): void {
    this.#cancel();
    if (this.#conditions.isHeld()) return void this.#from.pause();
    this.#handOn();
    if (this.#isFull || this.#queued >= HELD_BYTES) this.#from.pause();
    else this.#from.resume();
  }

  /** Reads no more, and hands on no more. */
  hold(): void {
    this.#cancel();
    this.#from.pause();
  }

  #take(bytes: Buffer | null): void {
    this.#queue.push({ takenAt: performance.now(), bytes });
    this.#queued += bytes?.length ?? 0;
    this.flow();
  }

  #handOn(): void {
    for (let head = this.#queue[0]; head !== undefined && !this.#isSpent && !this.#isFull; head = this.#queue[0]) {
      const now = performance.now();
      const { latencyMs, bytesPerSecond } = this.#conditions.shape();
      const dueAt = Math.max(head.takenAt + latencyMs, bytesPerSecond === null ? 0 : this.#nextDripAt);
      if (dueAt > now) {
        this.#timer = setTimeout(() => this.flow(), Math.max(1, dueAt - now));
        return;
      }
      if (head.bytes === null) {
        this.#queue.shift();
        this.#to.end();
        continue;
      }
      // Slower than a byte a step: a byte, and a longer wait.
      const piece = bytesPerSecond === null ? head.bytes.length : Math.ceil((bytesPerSecond * DRIP_EVERY_MS) / 1000);
      if (bytesPerSecond !== null) this.#nextDripAt = now + (piece * 1000) / bytesPerSecond;
      this.#write(head.bytes.subarray(0, piece));
      head.bytes = head.bytes.subarray(piece);
      if (head.bytes.length === 0) this.#queue.shift();
    }
  }

  #write(bytes: Buffer): void {
    const { length, onSent } = this.#conditions.grant(bytes.length);
    this.#queued -= bytes.length;
    this.#isSpent = onSent !== undefined;
    this.#isFull = !this.#to.write(bytes.subarray(0, length), onSent && (() => onSent()));
  }

  #cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
