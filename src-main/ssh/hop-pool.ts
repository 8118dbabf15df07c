import type { Clock } from '../kernel/clock.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import type { Hop } from './hop.ts';
import { type JumpAsker, type JumpLease, type JumpLogin, SharedJump } from './shared-jump.ts';

/**
 * The connections to machines on the way to hosts: one to each, shared by all hosts that go through it the same way. Who
 * wants one that is being logged in to waits for that login, and shares its failure; who comes later tries anew.
 */
export interface HopPool extends AsyncDisposable {
  /**
   * The connection to the last of `chain`, made by `login` where there is none. It stays until the last lease is given back,
   * and `limits.ssh.jumpLingerMs` longer.
   * @throws what `login` throws; CANCELLED once the pool is disposed; the asker's signal's own
   */
  lease(chain: readonly Hop[], asker: JumpAsker, login: JumpLogin): Promise<JumpLease>;
  /**
   * What stands may be dead: this machine has slept, or its network is another. Who has a lease finds out by itself;
   * nobody new is given such a connection.
   */
  doubt(): void;
}

export function createHopPool({ clock }: { readonly clock: Clock }): HopPool {
  /** By their chain: those that are given to whoever comes. */
  const current = new Map<string, SharedJump>();
  /** With them those that are only kept for the leases they have. */
  const all = new Set<SharedJump>();
  let disposed = false;

  const add = (key: string, login: JumpLogin): SharedJump => {
    const jump: SharedJump = new SharedJump(clock, login, () => {
      if (current.get(key) === jump) current.delete(key);
    });
    current.set(key, jump);
    all.add(jump);
    void jump.over.then(() => all.delete(jump));
    return jump;
  };

  return {
    async lease(chain, asker, login) {
      if (disposed) throw new AppError('CANCELLED', 'Binnacle is closing its connections.');
      if (asker.signal.aborted) throw abortError(asker.signal);
      const key = chainKey(chain);
      const known = current.get(key);
      if (known?.isFit) return known.lease(asker);
      known?.retire();
      return add(key, login).lease(asker);
    },
    doubt() {
      for (const jump of [...current.values()]) jump.retire();
    },
    async [Symbol.asyncDispose]() {
      disposed = true;
      await Promise.all([...all].map((jump) => jump.close()));
    },
  };
}

/** Two ways are the same where everything that is known of each machine is: whom to log in as, by what, and how it is verified. */
function chainKey(chain: readonly Hop[]): string {
  return JSON.stringify(chain.map((hop) => Object.entries(hop).sort(([one], [other]) => (one < other ? -1 : 1))));
}
