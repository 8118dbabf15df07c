import type { JournalStatus } from '#contract/journal.ts';
import { AppError } from '../kernel/errors.ts';
import { Listeners } from '../kernel/listeners.ts';
import type { Journal } from './journal.ts';
import type { RecordBody } from './records.ts';

/** One journal now, another later, for who holds on to one: the demo's, and from the first real host on the home's. */
export class SwitchedJournal implements Journal {
  readonly #listeners = new Listeners();
  readonly #isOfFirst: (body: RecordBody) => boolean;
  readonly #switched = Promise.withResolvers<void>();
  #current: Journal;
  #following: Disposable;

  /** @param isOfFirst of a record that is not, the second journal is waited for */
  constructor(first: Journal, isOfFirst: (body: RecordBody) => boolean) {
    this.#isOfFirst = isOfFirst;
    // Nobody may be waiting.
    this.#switched.promise.catch(() => undefined);
    this.#current = first;
    this.#following = first.subscribe(() => this.#listeners.tell());
  }

  /** Closes the one there is, and goes on with what `open` opens. */
  async switchTo(open: () => Promise<Journal>): Promise<void> {
    const next = await open();
    const before = this.#current;
    this.#following[Symbol.dispose]();
    this.#current = next;
    this.#following = next.subscribe(() => this.#listeners.tell());
    this.#switched.resolve();
    this.#listeners.tell();
    await before[Symbol.asyncDispose]();
  }

  get status(): JournalStatus {
    return this.#current.status;
  }

  subscribe(onChange: () => void): Disposable {
    return this.#listeners.subscribe(onChange);
  }

  append: Journal['append'] = async (body) => {
    if (!this.#isOfFirst(body)) await this.#switched.promise;
    return await this.#current.append(body);
  };

  read: Journal['read'] = (request) => this.#current.read(request);
  verify: Journal['verify'] = (signal) => this.#current.verify(signal);
  export: Journal['export'] = (filter, signal) => this.#current.export(filter, signal);
  setAside: Journal['setAside'] = () => this.#current.setAside();
  unresolved: Journal['unresolved'] = () => this.#current.unresolved();
  durations: Journal['durations'] = (subject) => this.#current.durations(subject);

  async [Symbol.asyncDispose](): Promise<void> {
    this.#switched.reject(new AppError('CANCELLED', 'Binnacle is being closed.'));
    this.#following[Symbol.dispose]();
    await this.#current[Symbol.asyncDispose]();
  }
}
