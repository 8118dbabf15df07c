import type { Dice } from './dice.ts';

export interface Said {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** When something is said, and how its container is then. */
export interface Occasion {
  /** Milliseconds since the epoch, of the engine's clock. */
  readonly at: number;
  /** Its health check fails. */
  readonly troubled: boolean;
  /** Milliseconds since it was started. */
  readonly ageMs: number;
}

/** What a program writes into its log: at a start, while it runs, when it is asked to end. */
export interface Voice {
  readonly greeting: readonly string[];
  /** Several where one message has several lines. */
  speak(dice: Dice, occasion: Occasion): readonly Said[];
  readonly farewell: readonly string[];
}

export const out = (...lines: readonly string[]): Said[] => lines.map((text) => ({ stream: 'stdout', text }));
export const err = (...lines: readonly string[]): Said[] => lines.map((text) => ({ stream: 'stderr', text }));

/** `2026-05-04T10:11:12.345Z`, as most programs write it. */
export const iso = (at: number): string => new Date(at).toISOString();
/** `2026-05-04 10:11:12.345`, as databases write it. */
export const spaced = (at: number): string => iso(at).replace('T', ' ').slice(0, 23);
/** `10:11:12` */
export const clockTime = (at: number): string => iso(at).slice(11, 19);
/** `04/May/2026:10:11:12 +0000`, as web servers write it. */
export function webTime(at: number): string {
  const [, day, month, year] = new Date(at).toUTCString().split(' ');
  return `${day}/${month}/${year}:${clockTime(at)} +0000`;
}

/** Addresses that are nobody's (RFC 5737). */
export const visitor = (dice: Dice): string =>
  `${dice.pick(['203.0.113', '198.51.100', '192.0.2'])}.${dice.int(2, 250)}`;
