import type { Offer } from './authentication.ts';

/** What a round of questions is for; `code`: for anything but the password, mostly a one-time code. */
export type AskedFor = 'password' | 'code';

/** Something that was taken as a proof of who we are. */
export type Proof =
  | { readonly kind: 'key'; readonly offer: Offer }
  /** Keyboard-interactive; `asked`: for what, round by round. */
  | { readonly kind: 'challenge'; readonly asked: readonly AskedFor[] }
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
  /** What the host said without asking for anything, as lines that are safe to show. */
  readonly heard: string[];
  /** The same, of before anything was proved to it: sshd's Banner, the same at every login. */
  readonly banner: string[];
  /** Set where the host ended the connection instead of judging a key. */
  left: Left | null;
}

/**
 * `answered`: it was sent, and the host has not said what it thinks of it; with the login taken, it was right.
 * `unanswered`: nobody was there, or nobody wanted to.
 */
export interface Said {
  readonly what: 'challenge' | 'password';
  readonly how: 'asked' | 'answered' | 'refused' | 'unanswered';
  /** For what, round by round. */
  readonly asked: readonly AskedFor[];
}

/**
 * A host that knew a key, was given its signature, and then ended the connection in good order: so does sshd where PAM
 * closes the account ("Access denied for user … by PAM account configuration").
 */
export interface Left {
  /** Label of the key. */
  readonly key: string;
  /** It said something then, or a person had to do something for it. Else it may have been the network, or a restart. */
  readonly isSure: boolean;
}

export function emptyRecord(): LoginRecord {
  const given = { tried: [], signed: new Map(), keysRefused: 0, taken: [] };
  return { ...given, methodsLeft: null, challenged: false, said: null, heard: [], banner: [], left: null };
}
