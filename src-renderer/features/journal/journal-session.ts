import type { JournalFilter } from '#contract/journal.ts';
import { type CallProblem, callProblem } from '../../client/call-problem.ts';
import { type Pages, withNewest, withOlder } from './journal-pages.ts';

export type JournalReading =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly problem: CallProblem }
  | {
      readonly state: 'known';
      readonly pages: Pages;
      readonly older: 'idle' | 'loading' | { readonly problem: CallProblem };
    };

export type ReadJournal = (request: {
  readonly filter: JournalFilter;
  readonly before: number | null;
  readonly limit: number;
}) => Promise<Pages>;

/** Entries that are read at once; the contract's bound. */
const PAGE = 100;
const MOST = 500;

/** What one filter takes of the journal, read piece by piece, newest first, and read again as it grows. */
export class JournalSession {
  readonly #read: ReadJournal;
  readonly #filter: JournalFilter;
  readonly #listeners = new Set<() => void>();
  #reading: JournalReading = { state: 'loading' };
  #isReading = false;
  #again = false;
  #closed = false;

  constructor(read: ReadJournal, filter: JournalFilter) {
    this.#read = read;
    this.#filter = filter;
  }

  get reading(): JournalReading {
    return this.#reading;
  }

  subscribe(onChange: () => void): () => void {
    this.#listeners.add(onChange);
    return () => void this.#listeners.delete(onChange);
  }

  /**
   * Reads the newest, and with it what is shown already, as far as one request takes: an outcome changes an entry that
   * stands further down. While it is being read, it is read once more after that.
   */
  refresh(): void {
    if (this.#isReading) this.#again = true;
    else void this.#readNewest();
  }

  /** Reads what comes below; does nothing where there is nothing, or it is on its way. */
  readOlder(): void {
    const reading = this.#reading;
    if (reading.state !== 'known' || reading.older === 'loading' || reading.pages.next === null) return;
    this.#set({ ...reading, older: 'loading' });
    void this.#readBelow(reading.pages.next);
  }

  /** What is still on its way is not heard any more. */
  close(): void {
    this.#closed = true;
    this.#listeners.clear();
  }

  async #readNewest(): Promise<void> {
    this.#isReading = true;
    const shown = this.#reading.state === 'known' ? this.#reading.pages.entries.length : 0;
    const limit = Math.min(MOST, Math.max(PAGE, shown));
    try {
      const newest = await this.#read({ filter: this.#filter, before: null, limit });
      const { state } = this.#reading;
      this.#set(
        state === 'known'
          ? { ...this.#reading, pages: withNewest(this.#reading.pages, newest) }
          : { state: 'known', pages: newest, older: 'idle' },
      );
    } catch (error) {
      const problem = callProblem(error);
      // A core that is gone has said nothing of the journal: what was read of it stays.
      if (problem.code !== null || this.#reading.state !== 'known') this.#set({ state: 'failed', problem });
    }
    const again = this.#again;
    this.#isReading = false;
    this.#again = false;
    if (again && !this.#closed) this.refresh();
  }

  async #readBelow(before: number): Promise<void> {
    let older: Pages | null = null;
    let problem: CallProblem | null = null;
    try {
      older = await this.#read({ filter: this.#filter, before, limit: PAGE });
    } catch (error) {
      problem = callProblem(error);
    }
    const reading = this.#reading;
    if (reading.state !== 'known') return;
    if (problem !== null) return this.#set({ ...reading, older: { problem } });
    // Another piece may lie below by now: then this one is not what comes next.
    const fits = older !== null && reading.pages.next === before;
    this.#set({ ...reading, older: 'idle', pages: fits ? withOlder(reading.pages, older as Pages) : reading.pages });
  }

  #set(reading: JournalReading): void {
    if (this.#closed) return;
    this.#reading = reading;
    for (const listener of [...this.#listeners]) listener();
  }
}
