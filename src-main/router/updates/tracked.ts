import { sameData } from './same-data.ts';

/** Counts every change of what windows are told; a window is told what is newer than what it was told last. */
export interface Versions {
  /** The version of a change that is being made. */
  next(): number;
}

/** A thing, and since which version it is as it is. */
export class Tracked<T extends object> {
  readonly #pulse: ReadonlySet<string> | undefined;
  #value: T;
  #content: number;
  #any: number;

  /** @param pulse members that change all the time while nothing happens: freshness, latency */
  constructor(value: T, versions: Versions, pulse?: ReadonlySet<string>) {
    this.#value = value;
    this.#pulse = pulse;
    this.#content = this.#any = versions.next();
  }

  get value(): T {
    return this.#value;
  }

  /** Version of its last change, its pulse left aside. */
  get content(): number {
    return this.#content;
  }

  /** Version of its last change, whatever changed. */
  get any(): number {
    return this.#any;
  }

  put(value: T, versions: Versions): void {
    if (sameData(value, this.#value)) return;
    this.#any = versions.next();
    if (!sameData(value, this.#value, this.#pulse)) this.#content = this.#any;
    this.#value = value;
  }
}
