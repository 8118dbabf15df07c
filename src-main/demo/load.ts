import { Dice } from './dice.ts';

/** A share of a container's mean load that comes and goes. */
interface Wave {
  readonly share: number;
  readonly periodMs: number;
  readonly phase: number;
}

const DAY_MS = 86_400_000;
/** Together less than 1, so that a load never falls to nothing, and its counter never stands still. */
const SHARES: readonly (readonly [periodMs: number, share: number])[] = [
  [DAY_MS, 0.22],
  [11 * 60_000, 0.16],
  [131_000, 0.17],
  [47_000, 0.17],
  [19_000, 0.16],
];

/** How steady a container's memory is: the share of it that comes and goes, slowly. */
const MEMORY_WAVES: readonly (readonly [periodMs: number, share: number])[] = [
  [23 * 60_000, 0.005],
  [170_000, 0.005],
];

/**
 * The load of one container as a function of time: a sum of waves, the day's among them. It moves as if by chance, costs
 * nothing while nobody looks, and its integral is known, so that a counter read twice tells the load between.
 */
export class Load {
  readonly #cores: number;
  readonly #waves: readonly Wave[];
  readonly #memoryWaves: readonly Wave[];

  /** @param cores mean load, 1 is one core fully used */
  constructor(cores: number, seed: number) {
    const dice = new Dice(seed);
    const wave = ([periodMs, share]: readonly [number, number]) => ({
      share,
      periodMs,
      // The day's wave is everybody's, and highest in the afternoon; the others are its own.
      phase: periodMs === DAY_MS ? Math.PI * 0.75 : dice.next() * 2 * Math.PI,
    });
    this.#cores = cores;
    this.#waves = SHARES.map(wave);
    this.#memoryWaves = MEMORY_WAVES.map(wave);
  }

  /** Nanoseconds of processor time used from `from` to `to`, milliseconds since the epoch. */
  cpuNs(from: number, to: number): number {
    return Math.max(0, Math.round(this.#cores * (this.#integral(to) - this.#integral(from)) * 1e6));
  }

  /** Share of its mean memory in use at `at`, about 1. */
  memoryShare(at: number): number {
    return this.#memoryWaves.reduce(
      (sum, { share, periodMs, phase }) => sum + share * Math.cos(angle(at, periodMs) + phase),
      1,
    );
  }

  #integral(at: number): number {
    return this.#waves.reduce(
      (sum, { share, periodMs, phase }) =>
        sum + share * (periodMs / (2 * Math.PI)) * Math.sin(angle(at, periodMs) + phase),
      at,
    );
  }
}

/** Of whole periods nothing is left, so that nothing is lost to the size of the number. */
function angle(at: number, periodMs: number): number {
  return ((at % periodMs) / periodMs) * 2 * Math.PI;
}
