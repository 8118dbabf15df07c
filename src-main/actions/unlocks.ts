import type { LockedAction, Unlock } from '#contract/actions.ts';
import type { RecordBody } from '../audit/records.ts';
import { type Clock, elapsedSince, type Moment } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { Listeners } from '../kernel/listeners.ts';

export type LockRecord = Extract<RecordBody, { kind: 'lock' }>;

/** What an unlock is for. */
export interface UnlockKey {
  readonly hostId: string;
  readonly containerId: string;
  readonly action: LockedAction;
}

interface Kept {
  readonly unlock: Unlock;
  /** For the journal, where it is taken back. */
  readonly lock: LockRecord;
  readonly at: Moment;
  /** A run is being begun that uses it up. */
  taken: boolean;
  /** Ends the wait for the end of its time. */
  readonly over: AbortController;
}

/** An unlock that a run is about to use up. */
interface TakenUnlock {
  /** The run has begun. */
  use(): void;
  /** It has not: the unlock holds on, unless its time is over or it was taken back meanwhile. */
  giveBack(): void;
}

/**
 * Unlocks that hold: one container, one action, once, for `limits.actions.unlockMs` by whichever clock says more, so that
 * none outlives a sleep of this machine. They live in this core's memory alone, and end with it.
 */
export class Unlocks implements Disposable {
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #kept = new Map<string, Kept>();
  readonly #listeners = new Listeners();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  subscribe(onChange: () => void): Disposable {
    return this.#listeners.subscribe(onChange);
  }

  /** When one that begins now ends. */
  nextEnd(): string {
    return new Date(this.#clock.now() + limits.actions.unlockMs).toISOString();
  }

  /** Those that hold now, oldest first. */
  list(): readonly Unlock[] {
    return [...this.#kept.values()].filter((kept) => this.#holds(kept)).map(({ unlock }) => unlock);
  }

  /**
   * Puts one there, or in the place of the one before.
   * @param at when its time began
   * @param lock for the journal, where it is taken back
   */
  add(unlock: Unlock, at: Moment, lock: LockRecord): void {
    const key = keyOf(unlock);
    this.#forget(key);
    this.#forgetEnded();
    const kept: Kept = { unlock, lock, at, taken: false, over: new AbortController() };
    this.#kept.set(key, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > limits.actions.unlocks && oldest !== undefined) this.#forget(oldest);
    void this.#tellOfEnd(kept);
    this.#listeners.tell();
  }

  /** The one that holds now; null: none does. */
  find(key: UnlockKey): Unlock | null {
    const kept = this.#kept.get(keyOf(key));
    return kept !== undefined && this.#holds(kept) ? kept.unlock : null;
  }

  /** Takes the one that holds, so that nobody else can; null: none does. */
  take(key: UnlockKey): TakenUnlock | null {
    const kept = this.#kept.get(keyOf(key));
    if (kept === undefined || !this.#holds(kept)) return null;
    kept.taken = true;
    this.#listeners.tell();
    return {
      use: () => {
        if (this.#kept.get(keyOf(key)) === kept) this.#forget(keyOf(key));
      },
      giveBack: () => {
        kept.taken = false;
        this.#listeners.tell();
      },
    };
  }

  /** Takes one back. @returns its record for the journal; null where none held */
  remove(key: UnlockKey): LockRecord | null {
    const kept = this.#kept.get(keyOf(key));
    if (kept === undefined) return null;
    const held = this.#holds(kept);
    this.#forget(keyOf(key));
    this.#listeners.tell();
    return held ? kept.lock : null;
  }

  /** Takes back all for which `isOver` says so. */
  removeWhere(isOver: (unlock: Unlock) => boolean): void {
    const over = [...this.#kept].filter(([, { unlock }]) => isOver(unlock));
    for (const [key] of over) this.#forget(key);
    if (over.length > 0) this.#listeners.tell();
  }

  [Symbol.dispose](): void {
    for (const key of this.#kept.keys()) this.#forget(key);
  }

  #holds({ at, taken }: Kept): boolean {
    return !taken && elapsedSince(at, this.#clock) < limits.actions.unlockMs;
  }

  #forget(key: string): void {
    this.#kept.get(key)?.over.abort();
    this.#kept.delete(key);
  }

  #forgetEnded(): void {
    for (const [key, kept] of this.#kept) {
      if (!kept.taken && !this.#holds(kept)) this.#forget(key);
    }
  }

  /** Whoever shows it is told when its time is over. After a sleep that is late, and it does not hold for all that. */
  async #tellOfEnd(kept: Kept): Promise<void> {
    try {
      const left = limits.actions.unlockMs - elapsedSince(kept.at, this.#clock);
      await this.#clock.sleep(Math.max(0, left), kept.over.signal);
    } catch {
      return;
    }
    this.#forgetEnded();
    this.#listeners.tell();
  }
}

function keyOf({ hostId, containerId, action }: UnlockKey): string {
  return `${hostId} ${containerId} ${action}`;
}
