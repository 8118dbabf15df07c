import { limits } from '../kernel/limits.ts';

export interface JournalEvent {
  /** Rises by one with each event. */
  readonly number: number;
  readonly type: 'container' | 'network';
  /** Milliseconds since the epoch, of the engine's clock. */
  readonly at: number;
  /** One event as the engine writes it, with its newline. */
  readonly line: string;
}

interface Told {
  readonly type: JournalEvent['type'];
  readonly action: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** An engine's events: the last `limits.demo.events`, as Docker keeps them, and whoever waits for more. */
export class EventJournal {
  #events: JournalEvent[] = [];
  readonly #listeners = new Set<() => void>();
  #number = 0;
  #last = { at: 0, count: 0 };

  /** @param at milliseconds since the epoch; one earlier than the last event's counts as that one's */
  add(at: number, { type, action, id, attributes }: Told): void {
    const ms = Math.max(Math.floor(at), this.#last.at);
    // Events of one millisecond are told apart, and put in order, by their nanoseconds.
    const count = ms === this.#last.at ? this.#last.count + 1 : 0;
    this.#last = { at: ms, count };
    const isContainer = type === 'container';
    const told = {
      ...(isContainer ? { status: action, id, from: attributes.image ?? '' } : {}),
      Type: type,
      Action: action,
      Actor: { ID: id, Attributes: attributes },
      scope: 'local',
      time: Math.floor(ms / 1_000),
    };
    // As digits: a number of JavaScript would lose the last of them.
    const nano = `${ms}${String(104_000 + count * 1_009).padStart(6, '0')}`;
    const line = `${JSON.stringify(told).slice(0, -1)},"timeNano":${nano}}\n`;
    this.#number += 1;
    this.#events.push({ number: this.#number, type, at: ms, line });
    if (this.#events.length > limits.demo.events) this.#events = this.#events.slice(-limits.demo.events);
    for (const listener of this.#listeners) listener();
  }

  /** Those kept that are later than number `number`, and not before `at`. */
  since(number: number, at: number): JournalEvent[] {
    return this.#events.filter((event) => event.number > number && event.at >= at);
  }

  /** How many there have been. */
  get count(): number {
    return this.#number;
  }

  /** How many wait for more. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** Calls back after each event. @returns stops it */
  subscribe(onEvent: () => void): Disposable {
    this.#listeners.add(onEvent);
    return { [Symbol.dispose]: () => this.#listeners.delete(onEvent) };
  }
}
