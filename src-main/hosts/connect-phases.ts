import type { LinkEvent } from '../engine/link.ts';
import type { ConnectPhase } from '../fleet/host-session.ts';
import type { ConnectEvent } from '../ssh/connection-types.ts';
import { machineOf } from '../ssh/errors.ts';

type Asking = Extract<ConnectPhase, { state: 'asking' }>;

/**
 * What a host's connecting is at, made of how far it has come and of what a person is being asked meanwhile: for this host,
 * or for all that go through the same machine.
 */
export class ConnectPhases {
  readonly #onPhase: (phase: ConnectPhase) => void;
  #came: ConnectPhase = { state: 'connecting' };
  /** Oldest first; the newest is what is waited for. */
  readonly #asking: Asking[] = [];
  #told: ConnectPhase | null = null;

  /** Tells the first phase at once. */
  constructor(onPhase: (phase: ConnectPhase) => void) {
    this.#onPhase = onPhase;
    this.#tell();
  }

  readonly onEvent = (event: ConnectEvent | LinkEvent): void => {
    if (event.kind === 'asking') this.#asking.push(askingOf(event));
    else if (event.kind === 'asked') this.#close(askingOf(event));
    else if (event.kind === 'begun') this.#begin(event);
    else return;
    this.#tell();
  };

  #begin(event: Extract<ConnectEvent | LinkEvent, { kind: 'begun' }>): void {
    if (event.step === 'authenticate') this.#came = { state: 'authenticating' };
    else if (event.step === 'resolve' || event.step === 'reach' || event.step === 'host-key') {
      this.#came = { state: 'connecting' };
    }
  }

  #close({ what, jump }: Asking): void {
    const index = this.#asking.findLastIndex((open) => open.what === what && open.jump === jump);
    if (index !== -1) this.#asking.splice(index, 1);
  }

  #tell(): void {
    const now: ConnectPhase = this.#asking.at(-1) ?? this.#came;
    const isTold = this.#told !== null && JSON.stringify(this.#told) === JSON.stringify(now);
    if (isTold) return;
    this.#told = now;
    this.#onPhase(now);
  }
}

function askingOf({ what, hop, isJump }: Extract<ConnectEvent, { kind: 'asking' | 'asked' }>): Asking {
  return { state: 'asking', what, jump: isJump ? machineOf(hop) : null };
}
