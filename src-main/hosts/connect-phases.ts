import type { LinkEvent } from '../engine/link.ts';
import type { ConnectPhase } from '../fleet/host-session.ts';
import type { ConnectEvent, SshPrompts } from '../ssh/connection-types.ts';

type Asked = Extract<ConnectPhase, { state: 'asking' }>['what'];

/** What a host's connecting is at, made of how far it has come and of what a person is being asked meanwhile. */
export class ConnectPhases {
  readonly #onPhase: (phase: ConnectPhase) => void;
  #came: ConnectPhase = { state: 'connecting' };
  /** Oldest first; the newest is what is waited for. */
  readonly #asking: Asked[] = [];
  #told: ConnectPhase | null = null;

  /** Tells the first phase at once. */
  constructor(onPhase: (phase: ConnectPhase) => void) {
    this.#onPhase = onPhase;
    this.#tell();
  }

  readonly onEvent = (event: ConnectEvent | LinkEvent): void => {
    if (event.kind !== 'begun') return;
    if (event.step === 'authenticate') this.#came = { state: 'authenticating' };
    else if (event.step === 'resolve' || event.step === 'reach' || event.step === 'host-key') {
      this.#came = { state: 'connecting' };
    }
    this.#tell();
  };

  /** `prompts`, through which is seen what a person is asked. */
  over(prompts: SshPrompts): SshPrompts {
    return {
      acceptHostKey: (question, signal) => this.#during('hostKey', () => prompts.acceptHostKey(question, signal)),
      passphrase: (question, signal) => this.#during('passphrase', () => prompts.passphrase(question, signal)),
      password: (question, signal) => this.#during('password', () => prompts.password(question, signal)),
      challenge: (question, signal) => this.#during('code', () => prompts.challenge(question, signal)),
      wrongPassword: (question) => prompts.wrongPassword(question),
    };
  }

  async #during<Answer>(what: Asked, ask: () => Promise<Answer>): Promise<Answer> {
    let isAsking = false;
    // What is known, or can be asked of nobody, is answered at once: no person is waited for.
    const soon = setImmediate(() => {
      isAsking = true;
      this.#asking.push(what);
      this.#tell();
    });
    try {
      return await ask();
    } finally {
      clearImmediate(soon);
      if (isAsking) {
        this.#asking.splice(this.#asking.lastIndexOf(what), 1);
        this.#tell();
      }
    }
  }

  #tell(): void {
    const what = this.#asking.at(-1);
    const now: ConnectPhase = what === undefined ? this.#came : { state: 'asking', what };
    const isTold = this.#told !== null && JSON.stringify(this.#told) === JSON.stringify(now);
    if (isTold) return;
    this.#told = now;
    this.#onPhase(now);
  }
}
