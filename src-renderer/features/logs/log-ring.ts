import type { LogLine } from '#contract/logs.ts';
import { logBounds } from './log-bounds.ts';

/** What happened to the stream, told between the lines. Times in milliseconds since the epoch, of this machine. */
export type LogMark =
  | { readonly mark: 'lost'; readonly at: number; readonly message: string }
  /** The engine ended the stream: the container has stopped. */
  | { readonly mark: 'ended'; readonly at: number }
  /** `gapless`: the last line before it was seen again, so that nothing between can be missing. */
  | { readonly mark: 'resumed'; readonly at: number; readonly after: 'lost' | 'ended'; readonly gapless: boolean };

export interface LineEntry extends LogLine {
  readonly kind: 'line';
  /** Grows by one with each entry of a ring, and is never given twice. */
  readonly id: number;
}
export type LogEntry = LineEntry | ({ readonly kind: 'mark'; readonly id: number } & LogMark);

export interface RingBounds {
  readonly following: { readonly lines: number; readonly bytes: number };
  readonly paused: { readonly lines: number; readonly bytes: number };
}

/** Upper bound of what a line holds in memory, in bytes: an engine keeps two for each UTF-16 unit at most. */
export function lineCost(line: LogLine): number {
  return line.text.length * 2 + (line.time?.length ?? 0) + logBounds.lineOverheadBytes;
}

/**
 * The lines a log view holds, oldest first; bounded in number and bytes. The oldest are let go and counted, but not
 * while the ring is pinned, because somebody reads there (see {@link logBounds}).
 */
export class LogRing {
  readonly #bounds: RingBounds;
  #entries: LogEntry[] = [];
  #nextId = 0;
  #bytes = 0;
  #letGo = 0;
  #marks = 0;
  #pinned = false;

  constructor(bounds: RingBounds = logBounds) {
    this.#bounds = bounds;
  }

  /** Lines and marks. */
  get size(): number {
    return this.#entries.length;
  }

  /** How many of what is held are lines. */
  get lines(): number {
    return this.#entries.length - this.#marks;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Lines that were held and are no longer, since the last `clear`. */
  get letGo(): number {
    return this.#letGo;
  }

  /** Id of the oldest entry; that of the next one where the ring is empty. */
  get firstId(): number {
    return this.#nextId - this.#entries.length;
  }

  get nextId(): number {
    return this.#nextId;
  }

  /** What a pinned ring still has room for. */
  get room(): { readonly lines: number; readonly bytes: number } {
    const { lines, bytes } = this.#bounds.paused;
    return { lines: Math.max(0, lines - this.#entries.length), bytes: Math.max(0, bytes - this.#bytes) };
  }

  /** `index` counts from the oldest. */
  at(index: number): LogEntry | undefined {
    return this.#entries[index];
  }

  /** The entry of that id; undefined where it was let go or has not come. */
  byId(id: number): LogEntry | undefined {
    return this.#entries[id - this.firstId];
  }

  push(lines: readonly LogLine[]): void {
    for (const line of lines) {
      // Copied member by member: entries of one shape are small, and nothing else that came with the line is kept.
      const { stream, time, text, cut } = line;
      this.#entries.push({ kind: 'line', id: this.#nextId++, stream, time, text, cut });
      this.#bytes += lineCost(line);
    }
    this.#trim();
  }

  mark(mark: LogMark): void {
    this.#entries.push({ kind: 'mark', id: this.#nextId++, ...mark });
    this.#bytes += logBounds.lineOverheadBytes;
    this.#marks++;
    this.#trim();
  }

  pin(): void {
    this.#pinned = true;
  }

  unpin(): void {
    this.#pinned = false;
    this.#trim();
  }

  clear(): void {
    this.#entries = [];
    this.#bytes = 0;
    this.#letGo = 0;
    this.#marks = 0;
  }

  #trim(): void {
    const most = this.#pinned ? this.#bounds.paused : this.#bounds.following;
    let gone = 0;
    while (this.#entries.length - gone > most.lines || this.#bytes > most.bytes) {
      const entry = this.#entries[gone];
      // The last line stays, however long: a view that shows nothing would say that nothing was written.
      if (entry === undefined || gone === this.#entries.length - 1) break;
      gone++;
      this.#bytes -= entry.kind === 'line' ? lineCost(entry) : logBounds.lineOverheadBytes;
      if (entry.kind === 'line') this.#letGo++;
      else this.#marks--;
    }
    if (gone > 0) this.#entries.splice(0, gone);
  }
}
