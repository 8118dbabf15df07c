import type { Clock } from '../../kernel/clock.ts';
import { limits } from '../../kernel/limits.ts';
import type { SigningListener } from './agent.ts';
import type { LoginTime } from './login-time.ts';

/**
 * What the host waits for, and a person may have to do elsewhere than in Binnacle. `signature`: ssh-agent signs, perhaps
 * once somebody has confirmed it in its window or touched a key. `confirmation`: the host has sent a round without a
 * question, perhaps until somebody has confirmed the login on a phone.
 */
export type DoneElsewhere =
  /** `label`: of the key, as it was offered. */
  { readonly kind: 'signature'; readonly label: string } | { readonly kind: 'confirmation' };

/** Keeps what is being waited for, and whether it takes longer than machines need among themselves. */
export class Elsewhere {
  readonly #clock: Clock;
  #now: { readonly what: DoneElsewhere; readonly since: number; readonly stop: AbortController } | null = null;
  #isLong = false;
  #ms = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** null: nothing. */
  get now(): DoneElsewhere | null {
    return this.#now?.what ?? null;
  }

  /** It has been waited for longer than an agent or a host takes by itself (`limits.ssh.agentMs`): for a person, then. */
  get isLong(): boolean {
    return this.#isLong;
  }

  /** Milliseconds that a person took; what machines do among themselves is not counted. */
  get ms(): number {
    return this.#ms;
  }

  begin(what: DoneElsewhere): void {
    this.end();
    const stop = new AbortController();
    this.#now = { what, since: this.#clock.monotonic(), stop };
    this.#clock.sleep(limits.ssh.agentMs, stop.signal).then(
      () => {
        this.#isLong = true;
      },
      () => {},
    );
  }

  /** It is done, or not waited for any more. */
  end(): void {
    if (this.#now === null) return;
    const { since, stop } = this.#now;
    if (this.#isLong) this.#ms += this.#clock.monotonic() - since;
    stop.abort();
    this.#now = null;
    this.#isLong = false;
  }
}

interface Signing {
  readonly time: LoginTime;
  readonly elsewhere: Elsewhere;
  /** Told when it begins (null), and what went wrong. */
  readonly onSign: (problem: string | null) => void;
}

/** While an agent signs, perhaps once a person has let it, a login has as long as for a question: the host waits no longer. */
export function whileSigning(label: string, { time, elsewhere, onSign }: Signing): SigningListener {
  return {
    begun() {
      onSign(null);
      time.turnTo('person');
      elsewhere.begin({ kind: 'signature', label });
    },
    ended(problem) {
      if (problem !== null) onSign(problem);
      elsewhere.end();
      time.turnTo('machine');
    },
  };
}
