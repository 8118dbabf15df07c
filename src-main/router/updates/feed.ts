import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../kernel/clock.ts';
import { limits } from '../../kernel/limits.ts';
import type { Services } from '../services.ts';
import { Bell } from './bell.ts';
import { type Desk, FleetStore } from './fleet-store.ts';

export interface FeedOptions {
  readonly services: Services;
  readonly clock: Clock;
  /** The store is up to date; returns when it has to be called again although nothing changed, null for never. */
  readonly onFresh: (store: FleetStore) => number | null;
  /** It ended over a bug of a domain. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Brings one {@link FleetStore} up to date for as long as it lives. A host is looked at again when it said that it
 * changed, or when what is shown of it may have aged; at most once in `limits.router.conflateMs`, and the loop is given
 * back after each: a fleet of thousands must not hold up what else the core does.
 */
export class Feed implements Disposable {
  readonly #options: FeedOptions;
  readonly #bell: Bell;
  readonly #over = new AbortController();
  readonly #changes = new DisposableStack();
  readonly #changed = new Set<string>();
  /** When each host was last looked at, on the monotonic clock. */
  readonly #lookedAt = new Map<string, number>();
  #store: FleetStore | null = null;
  #fresh = false;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#bell = new Bell(options.clock);
    const { fleet, questions, settings, actions, journal } = options.services;
    const ring = () => this.#bell.ring();
    this.#changes.use(
      fleet.subscribe((hostId) => {
        // A host may have a new name: which, is not told.
        if (hostId === null) this.#lookedAt.clear();
        else this.#changed.add(hostId);
        ring();
      }),
    );
    this.#changes.use(questions.subscribe(ring));
    this.#changes.use(settings.subscribe(ring));
    this.#changes.use(actions.subscribe(ring));
    this.#changes.use(journal.subscribe(ring));
    void this.#run();
  }

  /** What there is to tell; null while it is being brought up to date. */
  get store(): FleetStore | null {
    return this.#fresh ? this.#store : null;
  }

  [Symbol.dispose](): void {
    this.#over.abort();
    this.#changes.dispose();
    this.#bell.ring();
  }

  async #run(): Promise<void> {
    const { clock, onFresh, onFailure } = this.#options;
    const { signal } = this.#over;
    try {
      // Not within the call that made it: nobody could be told of a failure yet.
      await nextTurn();
      while (!signal.aborted) {
        await this.#look(signal);
        if (signal.aborted) return;
        const due = earliest(onFresh(this.#store as FleetStore), this.#ageingAt());
        await clock.sleep(limits.router.conflateMs, signal);
        await this.#bell.heard(due === null ? null : due - clock.monotonic());
      }
    } catch (error) {
      if (signal.aborted) return;
      this[Symbol.dispose]();
      onFailure(error);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { fleet } = this.#options.services;
    const { clock } = this.#options;
    this.#fresh = false;
    const store = this.#store ?? new FleetStore(this.#desk());
    this.#store = store;
    const there: string[] = [];
    for (const id of [...fleet.hostIds]) {
      const lookedAt = this.#lookedAt.get(id);
      const due = lookedAt === undefined || this.#changed.has(id) || clock.monotonic() >= lookedAt + fleet.ageingMs;
      if (!due) {
        there.push(id);
        continue;
      }
      this.#changed.delete(id);
      this.#lookedAt.set(id, clock.monotonic());
      const snapshot = fleet.host(id);
      if (snapshot === null) continue;
      store.putHost(snapshot);
      there.push(id);
      await nextTurn();
      if (signal.aborted) return;
    }
    store.putOrder(there);
    for (const id of this.#lookedAt.keys()) if (!there.includes(id)) this.#lookedAt.delete(id);
    for (const id of this.#changed) if (!there.includes(id)) this.#changed.delete(id);
    store.putDesk(this.#desk());
    this.#fresh = true;
  }

  #desk(): Desk {
    const { fleet, questions, settings, actions, journal } = this.#options.services;
    return {
      summary: fleet.summary(),
      questions: questions.open(),
      settings: settings.current(),
      problems: settings.problems(),
      runs: actions.runs(),
      unlocks: actions.unlocks(),
      journal: journal.status(),
    };
  }

  /** When the first host may have aged; null where there is none. */
  #ageingAt(): number | null {
    const { ageingMs } = this.#options.services.fleet;
    return this.#lookedAt.size === 0 ? null : Math.min(...this.#lookedAt.values()) + ageingMs;
  }
}

function earliest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}
