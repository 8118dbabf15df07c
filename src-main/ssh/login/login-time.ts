import type { Clock } from '../../kernel/clock.ts';
import type { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';

/** `machine`: the host's turn. `person`: a person is asked, or the host thinks about the answer, as it may for a push. */
export type Turn = 'machine' | 'person';

/**
 * How long one login may take: `limits.ssh.handshakeMs` for what machines do, and `limits.ssh.challengeMs` for what the
 * host asks while it waits; each runs only in its turn. sshd's LoginGraceTime (120 s) bounds the two together.
 */
export class LoginTime implements Disposable {
  readonly #clock: Clock;
  readonly #late: (turn: Turn) => AppError;
  readonly #over = new AbortController();
  readonly #left: Record<Turn, number> = { machine: limits.ssh.handshakeMs, person: limits.ssh.challengeMs };
  #turn: Turn = 'machine';
  #since = 0;
  #stop = new AbortController();

  /** Runs from now on. `late`: the error once the time of a turn is used up; asked for only then. */
  constructor(clock: Clock, late: (turn: Turn) => AppError) {
    this.#clock = clock;
    this.#late = late;
    this.#run();
  }

  /** Aborted with the error. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Milliseconds that are left of what the current turn may take. */
  get left(): number {
    return Math.max(0, this.#left[this.#turn] - (this.#clock.monotonic() - this.#since));
  }

  turnTo(turn: Turn): void {
    if (turn === this.#turn || this.#stop.signal.aborted) return;
    this.#left[this.#turn] = this.left;
    this.#stop.abort();
    this.#turn = turn;
    this.#run();
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  #run(): void {
    this.#since = this.#clock.monotonic();
    this.#stop = new AbortController();
    const turn = this.#turn;
    this.#clock.sleep(this.#left[turn], this.#stop.signal).then(
      () => this.#over.abort(this.#late(turn)),
      () => undefined,
    );
  }
}
