import { AppError } from '../kernel/errors.ts';

/** Something taken under a name, until it is disposed. */
export interface Slot<T> extends Disposable {
  readonly value: T;
}

/** A bounded number of things a window has under names of its own choice: subscriptions, logs, trials. */
export class Slots<T> {
  readonly #taken = new Map<string, Slot<T>>();
  readonly #most: number;
  readonly #what: string;

  /** @param what names the things to the operator, in the plural */
  constructor(most: number, what: string) {
    this.#most = most;
    this.#what = what;
  }

  /**
   * @param open called where there is room
   * @throws AppError TOO_MANY; REQUEST_INVALID where the name is taken
   */
  take(name: string, open: () => T): Slot<T> {
    if (this.#taken.has(name)) {
      throw new AppError('REQUEST_INVALID', `Of the ${this.#what} of this window, one already has that id.`);
    }
    if (this.#taken.size >= this.#most) {
      throw new AppError('TOO_MANY', `This window already has ${this.#most} ${this.#what} open.`, {
        hint: 'Close one of them first.',
        details: { most: this.#most },
      });
    }
    const slot: Slot<T> = {
      value: open(),
      // By itself and not by name: another may have taken the name since.
      [Symbol.dispose]: () => void (this.#taken.get(name) === slot && this.#taken.delete(name)),
    };
    this.#taken.set(name, slot);
    return slot;
  }

  get(name: string): T | undefined {
    return this.#taken.get(name)?.value;
  }
}
