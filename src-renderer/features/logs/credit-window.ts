import type { LogLine } from '#contract/logs.ts';
import { logBounds } from './log-bounds.ts';
import { lineCost } from './log-ring.ts';

/** What there is room for; null: there always is, because the oldest make room. */
export type Room = { readonly lines: number; readonly bytes: number } | null;

/** How many lines to ask for: enough to keep a fast stream going, few enough that what is on its way stays small. */
export class CreditWindow {
  /** Bytes; a moving average over about 256 lines: one huge line must not stop the stream, many must narrow it. */
  #usualCost = logBounds.windowBytes / logBounds.windowLines;

  learn(lines: readonly LogLine[]): void {
    for (const line of lines) this.#usualCost += (lineCost(line) - this.#usualCost) / 256;
  }

  /** What a stream is opened with: one line at least, or its end would not be seen. */
  first(room: Room): number {
    return Math.max(1, Math.min(this.#size, this.#fits(room)));
  }

  /** What to grant where `outstanding` lines may still come: 0 until half of the window is used up; `full`: no room. */
  next(outstanding: number, room: Room): number | 'full' {
    if (outstanding > this.#size / 2) return 0;
    const lines = Math.min(this.#size, this.#fits(room)) - outstanding;
    return lines < 1 ? 'full' : lines;
  }

  get #size(): number {
    const lines = Math.floor(logBounds.windowBytes / this.#usualCost);
    return Math.min(logBounds.windowLines, Math.max(logBounds.smallestWindow, lines));
  }

  #fits(room: Room): number {
    if (room === null) return Number.POSITIVE_INFINITY;
    const bytes = room.bytes - logBounds.pausedReserveBytes;
    return Math.min(room.lines - logBounds.smallestWindow, Math.floor(bytes / this.#usualCost));
  }
}
