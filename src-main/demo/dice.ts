/** Numbers that look random and are the same each time for the same seed: what has been said can be said again. */
export class Dice {
  #state: number;

  /** @param seed any integers; each combination is a sequence of its own */
  constructor(...seed: readonly number[]) {
    this.#state = seed.reduce(mix, 0x9e3779b9);
  }

  /** In [0, 1), as Math.random (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let value = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.int(0, list.length - 1)] as T;
  }

  /** Small values far more often than large ones, as response times are. */
  skewed(from: number, to: number): number {
    return Math.round(from + (to - from) * this.next() ** 4);
  }

  /** `digits` hexadecimal digits. */
  hex(digits: number): string {
    return Array.from({ length: digits }, () => this.int(0, 15).toString(16)).join('');
  }
}

function mix(hash: number, value: number): number {
  // Whole numbers beyond 32 bits count as well: slots of a log are numbered from 1970.
  const low = Math.imul(hash ^ (value | 0), 0x85ebca6b);
  const high = Math.imul(low ^ (low >>> 13) ^ Math.floor(value / 2 ** 32), 0xc2b2ae35);
  return high ^ (high >>> 16);
}
