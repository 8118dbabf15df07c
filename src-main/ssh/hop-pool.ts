import type { Clock } from '../kernel/clock.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { needsAPerson } from '../kernel/needs-a-person.ts';
import { machineOf } from './errors.ts';
import type { Hop } from './hop.ts';
import { type JumpAsker, type JumpLease, type JumpLogin, SharedJump } from './shared-jump.ts';

/**
 * The connections to machines on the way to hosts: one to each, shared by all hosts that go through it the same way. Who
 * wants one that is being logged in to waits for that login, and shares its failure; who comes later tries anew.
 *
 * A login that needs a person is not tried anew for each of the hosts behind the machine: OpenSSH penalises that (FACTS,
 * tunnel 8). Whoever comes later shares that failure too, without a connection, and is told when it was, until a person
 * asks for another try.
 */
export interface HopPool extends AsyncDisposable {
  /**
   * The connection to the last of `chain`, made by `login` where there is none. It stays until the last lease is given back,
   * and `limits.ssh.jumpLingerMs` longer.
   * @throws what `login` throws, or threw before; CANCELLED once the pool is disposed; the asker's signal's own
   */
  lease(chain: readonly Hop[], asker: JumpAsker, login: JumpLogin): Promise<JumpLease>;
  /**
   * What stands may be dead: this machine has slept, or its network is another. Who has a lease finds out by itself;
   * nobody new is given such a connection.
   */
  doubt(): void;
}

interface HopPoolOptions {
  readonly clock: Clock;
  /** A machine lets us in that had needed a person, by whichever way. */
  readonly onOpen?: (hop: Hop) => void;
}

/** A login that needs a person, as long as it has not succeeded. */
interface Refusal {
  readonly why: AppError;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** A person has asked for another try since. */
  isLifted: boolean;
}

export function createHopPool({ clock, onOpen = () => {} }: HopPoolOptions): HopPool {
  /** By their chain: those that are given to whoever comes. */
  const current = new Map<string, SharedJump>();
  /** With them those that are only kept for the leases they have. */
  const all = new Set<SharedJump>();
  /** By their chain. As many as there are ways that a person has put into ssh_config, or tried, at most. */
  const refusals = new Map<string, Refusal>();
  /** Machines for which somebody waits whose way may be another than the one that will let us in. */
  const waitedFor = new Set<string>();
  let disposed = false;

  const remembering =
    (key: string, machine: string, login: JumpLogin): JumpLogin =>
    async (shared) => {
      try {
        const connection = await login(shared);
        refusals.delete(key);
        // By another way too: what refused us may have been mended in ssh_config, which makes it another.
        if (waitedFor.delete(machine)) onOpen(connection.hop);
        return connection;
      } catch (error) {
        if (error instanceof AppError && isRefusal(error)) {
          refusals.set(key, { why: error, at: clock.now(), isLifted: false });
          waitedFor.add(machine);
        }
        throw error;
      }
    };

  const add = (key: string, machine: string, login: JumpLogin): SharedJump => {
    const jump: SharedJump = new SharedJump(clock, remembering(key, machine, login), () => {
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
      const last = chain.at(-1);
      const machine = last === undefined ? '' : machineOf(last);
      const known = current.get(key);
      if (known?.isFit) return known.lease(asker);
      known?.retire();
      const refusal = refusals.get(key);
      if (refusal !== undefined) {
        refusal.isLifted ||= asker.isWished;
        if (!refusal.isLifted) {
          waitedFor.add(machine);
          throw toldLater(refusal, clock.now());
        }
      }
      return add(key, machine, login).lease(asker);
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

/** The failure as it is for who comes `now`, and for whom nothing was tried. */
function toldLater({ why, at }: Refusal, now: number): AppError {
  const { code, message, hint, details } = why;
  const when = whenOf(new Date(at), new Date(now));
  return new AppError(code, `${message} That was ${when}: nothing was sent now, and it is not tried again by itself.`, {
    cause: why,
    details: { ...details, failedAt: new Date(at).toISOString() },
    ...(hint === null ? {} : { hint }),
  });
}

/** In this machine's time zone: `at 12:04`, and the day where that is another. */
function whenOf(at: Date, now: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const time = `at ${two(at.getHours())}:${two(at.getMinutes())}`;
  if (at.toDateString() === now.toDateString()) return time;
  return `on ${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

/** Not that everybody has left, and not what befell a machine before it, which is kept as that one's own. */
function isRefusal({ code, details }: AppError): boolean {
  return needsAPerson(code) && code !== 'CANCELLED' && typeof details.jump !== 'string';
}

/** Two ways are the same where everything that is known of each machine is: whom to log in as, by what, and how it is verified. */
function chainKey(chain: readonly Hop[]): string {
  return JSON.stringify(chain.map((hop) => Object.entries(hop).sort(([one], [other]) => (one < other ? -1 : 1))));
}
