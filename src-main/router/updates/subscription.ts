import type { Batch } from '#contract/updates.ts';
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { FleetStore, Told } from './fleet-store.ts';

/** What a window shows. `hosts`: null for all. */
export interface Interest {
  readonly visible: boolean;
  readonly hosts: ReadonlySet<string> | null;
}

export interface SubscriptionOptions {
  readonly clock: Clock;
  /** What there is to tell; null while it is being brought up to date: `deliver` is called after it. */
  readonly store: () => FleetStore | null;
  readonly onInterest: () => void;
  readonly onClose: (subscription: Subscription) => void;
}

type State =
  | { readonly state: 'open' }
  | { readonly state: 'failed'; readonly error: unknown }
  | { readonly state: 'closed' };
type Waiting = PromiseWithResolvers<IteratorResult<Batch, undefined>>;

/** One window's place in the stream of changes: how far it was told, and whether it has taken in the last batch. */
export class Subscription implements Disposable {
  readonly #options: SubscriptionOptions;
  #state: State = { state: 'open' };
  #waiting: Waiting | null = null;
  /** null: nothing was told yet. */
  #told: Told | null = null;
  #seq = 0;
  #acknowledged = true;
  #interest: Interest = { visible: true, hosts: null };
  /** When it was last told of loads and freshness, on the monotonic clock. */
  #pulseAt = Number.NEGATIVE_INFINITY;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
  }

  get interest(): Interest {
    return this.#interest;
  }

  /** The next batch, when the one before is acknowledged and something has changed. Called again when it has resolved. */
  next(): Promise<IteratorResult<Batch, undefined>> {
    if (this.#state.state === 'failed') return Promise.reject(this.#state.error);
    if (this.#state.state === 'closed') return Promise.resolve({ done: true, value: undefined });
    this.#waiting = Promise.withResolvers();
    const { promise } = this.#waiting;
    this.deliver();
    return promise;
  }

  /** @throws AppError REQUEST_INVALID where `seq` is not that of the batch that waits for it */
  acknowledge(seq: number): void {
    if (this.#acknowledged || seq !== this.#seq) {
      throw new AppError('REQUEST_INVALID', `Batch ${seq} does not wait to be acknowledged.`, {
        details: { seq, last: this.#seq, acknowledged: this.#acknowledged },
      });
    }
    this.#acknowledged = true;
    this.deliver();
  }

  show(interest: Interest): void {
    // Who comes back into sight is told at once what was kept from it.
    if (interest.visible && !this.#interest.visible) this.#pulseAt = Number.NEGATIVE_INFINITY;
    this.#interest = interest;
    this.#options.onInterest();
    this.deliver();
  }

  /** Sends what there is to send, where it may be sent. */
  deliver(): void {
    const store = this.#options.store();
    if (store === null || this.#waiting === null || !this.#acknowledged) return;
    const batch = this.#compose(store);
    if (batch === null) return;
    this.#seq = batch.seq;
    this.#acknowledged = false;
    this.#settle(({ resolve }) => resolve({ done: false, value: batch }));
  }

  /** When what is kept back for its pace may be sent; null where nothing is, or it could be sent now. */
  dueAt(store: FleetStore, now: number): number | null {
    const due = this.#pulseAt + limits.router.pulseMs;
    return this.#interest.visible && this.#told !== null && store.version > this.#told.pulse && due > now ? due : null;
  }

  fail(error: unknown): void {
    this.#state = { state: 'failed', error };
    this.#settle(({ reject }) => reject(error));
  }

  [Symbol.dispose](): void {
    if (this.#state.state === 'closed') return;
    this.#state = { state: 'closed' };
    this.#settle(({ resolve }) => resolve({ done: true, value: undefined }));
    this.#options.onClose(this);
  }

  #compose(store: FleetStore): Batch | null {
    const now = this.#options.clock.monotonic();
    const seq = this.#seq + 1;
    const { version } = store;
    if (this.#told === null || !store.remembers(this.#told)) {
      this.#told = { content: version, pulse: version };
      this.#pulseAt = now;
      return store.snapshot(seq);
    }
    const pulse = this.#interest.visible && now >= this.#pulseAt + limits.router.pulseMs;
    const delta = store.delta(this.#told, seq, pulse);
    this.#told = { content: version, pulse: pulse ? version : this.#told.pulse };
    if (pulse && delta !== null) this.#pulseAt = now;
    return delta;
  }

  #settle(how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null) how(waiting);
  }
}
