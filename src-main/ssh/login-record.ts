import type { Offer } from './authentication.ts';

/** Something that was taken as a proof of who we are. */
export type Proof =
  | { readonly kind: 'key'; readonly offer: Offer }
  /** Keyboard-interactive; `asked`: for what, round by round. */
  | { readonly kind: 'challenge'; readonly asked: readonly ('password' | 'code')[] }
  | { readonly kind: 'password' }
  | { readonly kind: 'none' };

/** What came of the proofs given in one connection. */
export interface LoginRecord {
  /** Labels of the keys that were offered, in order. */
  readonly tried: string[];
  /** Labels of what the host knew and asked to be signed, with what went wrong with that; null for nothing. */
  readonly signed: Map<string, string | null>;
  /** How many keys the host refused. */
  keysRefused: number;
  /** Methods the host named after the last refusal; null where it named none. */
  methodsLeft: readonly string[] | null;
  /** What the host took, in order. It wanted more after each but the last of a login that succeeded. */
  readonly taken: Proof[];
  /** Keyboard-interactive was begun. */
  challenged: boolean;
  /** What became of what a person had to say, where somebody was asked for it. */
  said: Said | null;
}

/**
 * `answered`: it was sent, and the host has not said what it thinks of it; with the login taken, it was right.
 * `unanswered`: nobody was there, or nobody wanted to.
 */
export interface Said {
  readonly what: 'challenge' | 'password';
  readonly how: 'asked' | 'answered' | 'refused' | 'unanswered';
  /** A password is among it. */
  readonly password: boolean;
}

export function emptyRecord(): LoginRecord {
  return { tried: [], signed: new Map(), keysRefused: 0, methodsLeft: null, taken: [], challenged: false, said: null };
}
