import type { Hop } from '../hop.ts';
import type { Offer } from './authentication.ts';
import type { LoginRecord } from './login-record.ts';

/** What may be given to a host in one connection. */
export interface LoginPlan {
  /** Keys, in order; at most `limits.ssh.authOffers` are offered. */
  readonly offers: readonly Offer[];
  /** What a person typed for it while no connection was open: given first, once. null: nothing. */
  readonly password: string | null;
  /** Answer keyboard-interactive where the keys were refused. (After a key that was taken it is answered in any case.) */
  readonly interactive: boolean;
}

/** What a host is given next. `ask-password`: typed while it waits, because it has taken another proof already. */
export type NextProof =
  | { readonly kind: 'key'; readonly offer: Offer }
  | { readonly kind: 'password'; readonly password: string }
  | { readonly kind: 'challenge' | 'ask-password' | 'none' }
  /** Nothing more. */
  | { readonly kind: 'stop' };

/**
 * Decides what a host is given next: keys, keyboard-interactive, the password last. Of these only what it has named since
 * it has named anything; nothing after an answer of a person that was refused or not given.
 * @param offers keys that have not been offered yet
 */
export function nextProof(
  { plan, methods }: { readonly plan: LoginPlan; readonly methods: Hop['methods'] },
  { methodsLeft: left, said, taken, challenged }: LoginRecord,
  offers: readonly Offer[],
): NextProof {
  if (said !== null) return { kind: 'stop' };
  if (left === null && plan.password !== null) return { kind: 'password', password: plan.password };
  const [offer] = offers;
  if (offer !== undefined && (left === null || left.includes('publickey'))) return { kind: 'key', offer };
  if (left === null) return { kind: 'none' };
  const partial = taken.length > 0;
  const answers = methods.keyboardInteractive && (plan.interactive || partial) && !challenged;
  if (answers && left.includes('keyboard-interactive')) return { kind: 'challenge' };
  if (methods.password && partial && left.includes('password')) return { kind: 'ask-password' };
  return { kind: 'stop' };
}
