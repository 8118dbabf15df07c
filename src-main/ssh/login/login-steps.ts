import type { Clock } from '../../kernel/clock.ts';
import type { ConnectEvent, ConnectStep } from '../connection-types.ts';
import type { Hop } from '../hop.ts';

interface StepsOptions {
  readonly hop: Hop;
  readonly isJump: boolean;
  readonly clock: Clock;
  readonly onEvent: (event: ConnectEvent) => void;
}

/** Tells of the steps of one login, each timed from its beginning. */
export class LoginSteps {
  readonly #options: StepsOptions;
  #since = 0;

  constructor({ hop, isJump, clock, onEvent }: StepsOptions) {
    this.#options = { hop, isJump, clock, onEvent };
  }

  begin(step: ConnectStep): void {
    const { hop, isJump, clock, onEvent } = this.#options;
    this.#since = clock.monotonic();
    onEvent({ kind: 'begun', step, hop, isJump });
  }

  /** @param personMs milliseconds that a person took of it */
  pass(step: ConnectStep, seen: string, personMs = 0): void {
    const { hop, isJump, clock, onEvent } = this.#options;
    const ms = Math.max(0, clock.monotonic() - this.#since - personMs);
    onEvent({ kind: 'passed', step, hop, isJump, ms, seen });
  }
}
