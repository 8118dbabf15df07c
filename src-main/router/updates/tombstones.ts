import { limits } from '../../kernel/limits.ts';

/** Containers that are gone, and since which version: the newest `limits.router.tombstones` of them. */
export class Tombstones {
  /** Oldest first. */
  readonly #gone = new Map<string, number>();
  #newest = 0;
  #forgotten = 0;

  /** Version before which is not known any more what went. */
  get forgotten(): number {
    return this.#forgotten;
  }

  add(key: string, version: number): void {
    this.#gone.delete(key);
    this.#gone.set(key, version);
    this.#newest = version;
    if (this.#gone.size <= limits.router.tombstones) return;
    const [oldest, when] = this.#gone.entries().next().value as [string, number];
    this.#gone.delete(oldest);
    this.#forgotten = when;
  }

  /** It is there again. */
  remove(key: string): void {
    this.#gone.delete(key);
  }

  since(version: number): string[] {
    if (this.#newest <= version) return [];
    return [...this.#gone].filter(([, when]) => when > version).map(([key]) => key);
  }
}
