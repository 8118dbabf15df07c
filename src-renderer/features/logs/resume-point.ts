import type { LogLine } from '#contract/logs.ts';

/** Where a stream that broke goes on: `null` where no line told its time. */
export interface ResumePoint {
  /** For `after`: the moment before the last line, in UTC. */
  readonly after: string;
  /** The last line's time as the engine wrote it. */
  readonly time: string;
  /** Lines of that very time that are here already, and will come again. */
  readonly lines: number;
}

/**
 * Follows the lines of a stream, so that it can be gone on with. It asks from a nanosecond before the last line:
 * engines that stamp whole seconds (Podman) give many lines one time, and seeing the last line again is what proves
 * that the host has kept all that came after it.
 */
export class ResumeTracker {
  #time: string | null = null;
  #lines = 0;
  #any = false;

  /** A line has come, with or without a time. */
  get any(): boolean {
    return this.#any;
  }

  take(line: LogLine): void {
    this.#any = true;
    if (line.time === null) return;
    this.#lines = line.time === this.#time ? this.#lines + 1 : 1;
    this.#time = line.time;
  }

  point(): ResumePoint | null {
    const after = this.#time === null ? null : momentBefore(this.#time);
    return after === null || this.#time === null ? null : { after, time: this.#time, lines: this.#lines };
  }
}

/** Takes the lines that are here already out of a stream that goes on at a point. */
export class Overlap {
  readonly #point: ResumePoint;
  #left: number;

  constructor(point: ResumePoint) {
    this.#point = point;
    this.#left = point.lines;
  }

  /**
   * The lines of the next batch that are new. `gapless`: whether the last known line was seen again; null: the next
   * batch will tell, until then it has to be asked of this.
   */
  skip(batch: readonly LogLine[]): { readonly lines: readonly LogLine[]; readonly gapless: boolean | null } {
    let again = 0;
    while (again < batch.length && this.#left > 0 && batch[again]?.time === this.#point.time) {
      again++;
      this.#left--;
    }
    const known = again < batch.length || this.#left === 0;
    return { lines: batch.slice(again), gapless: known ? this.#left < this.#point.lines : null };
  }
}

const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** A nanosecond before an RFC 3339 time, in UTC with nine digits; null where it is no such time. */
export function momentBefore(time: string): string | null {
  const [, seconds, fraction = '', zone] = STAMP.exec(time) ?? [];
  if (seconds === undefined || zone === undefined) return null;
  const epoch = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(epoch)) return null;
  const nanos = Number(fraction.padEnd(9, '0'));
  const [second, rest] = nanos === 0 ? [epoch - 1_000, 999_999_999] : [epoch, nanos - 1];
  return `${new Date(second).toISOString().slice(0, 19)}.${String(rest).padStart(9, '0')}Z`;
}
