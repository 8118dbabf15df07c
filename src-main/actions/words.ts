import type { Place } from '../fleet/grouping.ts';
import { limits } from '../kernel/limits.ts';

/** What sentences name a container by. */
export interface Named {
  readonly id: string;
  readonly name: string;
  readonly place: Place;
}

/**
 * What to call a container within its app: its service, or its own name where the service has several, or where it was
 * started beside the service (`compose run`).
 * @param members containers of its app
 */
export function wordOf({ id, name, place }: Named, members: readonly Named[]): string {
  const others = members.some(
    (other) => other.id !== id && !other.place.oneOff && other.place.service === place.service,
  );
  return place.oneOff || others ? name : place.service;
}

/** `shop / api`; only the one where an app is a single container that is called like it. */
export function fullWord(app: string, word: string, members: readonly Named[]): string {
  return word === app && members.length <= 1 ? word : `${app} / ${word}`;
}

/** `a`, `a and b`, `a, b and c`; beyond `limits.actions.namesInSentence`: `a, b, c and 4 more`. */
export function inWords(names: readonly string[]): string {
  const most = limits.actions.namesInSentence;
  const shown = names.length > most ? [...names.slice(0, most - 1), `${names.length - most + 1} more`] : names;
  const last = shown.at(-1) ?? '';
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} and ${last}`;
}

/** Seconds for people: `10 s`, `90 s`, `10 min`. Broken seconds are rounded up: what is at most so long stays true. */
export function secondsInWords(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole >= 120 && whole % 60 === 0 ? `${whole / 60} min` : `${whole} s`;
}

/** By the engine's own order of its ids where all else is equal, so that it is the same at every call. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
