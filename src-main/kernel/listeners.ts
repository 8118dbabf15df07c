/** Who wants to be told that something changed. */
export class Listeners {
  readonly #listeners = new Set<{ readonly tell: () => void }>();

  /** Calls `listener` at every change until what it returns is disposed; the same function twice is told twice. */
  subscribe(listener: () => void): Disposable {
    const entry = { tell: listener };
    this.#listeners.add(entry);
    return { [Symbol.dispose]: () => void this.#listeners.delete(entry) };
  }

  tell(): void {
    for (const { tell } of [...this.#listeners]) tell();
  }
}
