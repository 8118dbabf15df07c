import type { Clock } from '../../kernel/clock.ts';
import type { Services } from '../services.ts';
import { Feed } from './feed.ts';
import type { FleetStore } from './fleet-store.ts';
import { sameData } from './same-data.ts';
import { Subscription } from './subscription.ts';

/**
 * Tells all windows from one store. While there is no subscription it follows nothing, keeps nothing and asks for no
 * load to be sampled.
 */
export class Publisher implements Disposable {
  readonly #services: Services;
  readonly #clock: Clock;
  readonly #subscriptions = new Set<Subscription>();
  #feed: Feed | null = null;
  /** Sorted ids of the hosts whose load is watched; null: every host's. */
  #watched: readonly string[] | null = [];

  constructor(services: Services, clock: Clock) {
    this.#services = services;
    this.#clock = clock;
    services.fleet.watchLoadOf(new Set());
  }

  get subscribers(): number {
    return this.#subscriptions.size;
  }

  subscribe(): Subscription {
    const subscription = new Subscription({
      clock: this.#clock,
      store: () => this.#feed?.store ?? null,
      onInterest: () => this.#watchLoad(),
      onClose: () => this.#remove(subscription),
    });
    this.#subscriptions.add(subscription);
    this.#feed ??= new Feed({
      services: this.#services,
      clock: this.#clock,
      onFresh: (store) => this.#deliver(store),
      onFailure: (error) => this.#fail(error),
    });
    this.#watchLoad();
    return subscription;
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #remove(subscription: Subscription): void {
    if (!this.#subscriptions.delete(subscription)) return;
    if (this.#subscriptions.size === 0) {
      this.#feed?.[Symbol.dispose]();
      this.#feed = null;
    }
    this.#watchLoad();
  }

  #deliver(store: FleetStore): number | null {
    const now = this.#clock.monotonic();
    let next: number | null = null;
    for (const subscription of this.#subscriptions) {
      subscription.deliver();
      const due = subscription.dueAt(store, now);
      if (due !== null) next = Math.min(next ?? due, due);
    }
    return next;
  }

  /** What is shown would stand still unnoticed: every window is told that it is over. */
  #fail(error: unknown): void {
    const failure = this.#services.toAppError(error);
    const subscriptions = [...this.#subscriptions];
    this.#subscriptions.clear();
    this.#feed = null;
    for (const subscription of subscriptions) subscription.fail(failure);
    this.#watchLoad();
  }

  #watchLoad(): void {
    const visible = [...this.#subscriptions].map(({ interest }) => interest).filter((interest) => interest.visible);
    const shown = visible.map(({ hosts }) => hosts);
    const union = shown.includes(null) ? null : [...new Set(shown.flatMap((hosts) => [...(hosts ?? [])]))].sort();
    if (sameData(union, this.#watched)) return;
    this.#watched = union;
    this.#services.fleet.watchLoadOf(union === null ? null : new Set(union));
  }
}
