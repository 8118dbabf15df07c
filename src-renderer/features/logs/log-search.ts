import { plainText } from './ansi.ts';
import type { LogRing } from './log-ring.ts';

/**
 * Finds a text in the lines a ring holds, without regard to case, and goes on with those that come. It looks at so
 * many lines a step, so that a search never holds up a frame. What is counted are lines, not occurrences.
 */
export class LogSearch {
  readonly #ring: LogRing;
  #query = '';
  #pattern: RegExp | null = null;
  /** The same without a memory of where it found something last. */
  #test: RegExp | null = null;
  /** Ids of lines that match, oldest first. */
  #matches: number[] = [];
  #lookedAt = 0;
  #current: number | null = null;

  constructor(ring: LogRing) {
    this.#ring = ring;
  }

  get query(): string {
    return this.#query;
  }

  /** Finds each occurrence in a line's plain text; null where nothing is searched for. */
  get pattern(): RegExp | null {
    return this.#pattern;
  }

  /** Id of the line the reader was taken to. */
  get current(): number | null {
    return this.#current;
  }

  /** `position` counts from 1; null before the reader was taken to one. */
  get found(): { readonly count: number; readonly position: number | null } {
    const index = this.#current === null ? -1 : this.#matches.indexOf(this.#current);
    return { count: this.#matches.length, position: index === -1 ? null : index + 1 };
  }

  set(query: string): void {
    if (query === this.#query) return;
    this.#query = query;
    this.#pattern = query === '' ? null : patternFor(query, 'giu');
    this.#test = query === '' ? null : patternFor(query, 'iu');
    this.restart();
  }

  /** Looks at everything again. */
  restart(): void {
    this.#matches = [];
    this.#current = null;
    this.#lookedAt = this.#ring.firstId;
  }

  /** Looks at up to `lines` lines not yet looked at, and forgets those let go. True: there are more. */
  step(lines: number): boolean {
    const { firstId, nextId } = this.#ring;
    if (this.#test === null) return false;
    const gone = this.#matches.findIndex((id) => id >= firstId);
    if (gone !== 0) this.#matches.splice(0, gone === -1 ? this.#matches.length : gone);
    if (this.#current !== null && this.#current < firstId) this.#current = null;
    const from = Math.max(this.#lookedAt, firstId);
    const to = Math.min(nextId, from + lines);
    for (let id = from; id < to; id++) {
      const entry = this.#ring.byId(id);
      if (entry?.kind !== 'line') continue;
      if (this.#test.test(plainText(entry.text))) this.#matches.push(id);
    }
    this.#lookedAt = to;
    return to < nextId;
  }

  /**
   * Goes to the next match (`1`) or the one before (`-1`), round at the ends. Where the reader is at none yet: to the
   * first at or after `fromId`, else to the last one.
   */
  move(step: 1 | -1, fromId: number): number | null {
    const count = this.#matches.length;
    if (count === 0) return null;
    const at = this.#current === null ? -1 : this.#matches.indexOf(this.#current);
    const nearest = this.#matches.findIndex((id) => id >= fromId);
    const next = at === -1 ? (nearest === -1 ? count - 1 : nearest) : (at + step + count) % count;
    this.#current = this.#matches[next] ?? null;
    return this.#current;
  }
}

/** A literal text as a pattern; positions are those of the text itself, which lower-casing it would shift. */
function patternFor(query: string, flags: string): RegExp {
  return new RegExp(query.toWellFormed().replace(/[\^$\\.*+?()[\]{}|/]/g, '\\$&'), flags);
}
