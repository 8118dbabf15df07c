import type { JournalStatus } from '#contract/journal.ts';
import { Listeners } from '../kernel/listeners.ts';
import type { Journal } from './journal.ts';

/** One journal now, another later, for who holds on to one: the demo's, and from the first real host on the home's. */
export class SwitchedJournal implements Journal {
  readonly #listeners = new Listeners();
  #current: Journal;
  #following: Disposable;

  constructor(first: Journal) {
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
    this.#listeners.tell();
    await before[Symbol.asyncDispose]();
  }

  get status(): JournalStatus {
    return this.#current.status;
  }

  subscribe(onChange: () => void): Disposable {
    return this.#listeners.subscribe(onChange);
  }

  append: Journal['append'] = (body) => this.#current.append(body);
  read: Journal['read'] = (request) => this.#current.read(request);
  verify: Journal['verify'] = (signal) => this.#current.verify(signal);
  export: Journal['export'] = (filter, signal) => this.#current.export(filter, signal);
  setAside: Journal['setAside'] = () => this.#current.setAside();
  unresolved: Journal['unresolved'] = () => this.#current.unresolved();
  durations: Journal['durations'] = (subject) => this.#current.durations(subject);

  async [Symbol.asyncDispose](): Promise<void> {
    this.#following[Symbol.dispose]();
    await this.#current[Symbol.asyncDispose]();
  }
}
