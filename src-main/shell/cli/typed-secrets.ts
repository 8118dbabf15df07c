import type { SecretName } from '../../hosts/secret-name.ts';
import { type Clock, elapsedSince, type Moment, moment } from '../../kernel/clock.ts';

interface TypedSecretsOptions {
  readonly clock: Clock;
  /** How long each is known, counted from its typing, sleep of this machine included; Infinity: until the process ends. */
  readonly keptMs: number;
}

const SWEEP_MS = 60_000;

/** What was typed on a terminal: in memory, for as long as is allowed, and nowhere else. */
export class TypedSecrets {
  readonly #options: TypedSecretsOptions;
  readonly #known = new Map<SecretName, { readonly secret: string; readonly since: Moment }>();

  constructor(options: TypedSecretsOptions) {
    this.#options = options;
    // So that nothing stays in memory much longer than it is given out.
    if (Number.isFinite(options.keptMs)) setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  /** null: it must be asked for. */
  recall(name: SecretName): string | null {
    this.#sweep();
    return this.#known.get(name)?.secret ?? null;
  }

  remember(name: SecretName, secret: string): void {
    const { clock, keptMs } = this.#options;
    if (keptMs > 0) this.#known.set(name, { secret, since: moment(clock) });
  }

  /** It was found to be wrong. */
  forget(name: SecretName): void {
    this.#known.delete(name);
  }

  #sweep(): void {
    const { clock, keptMs } = this.#options;
    for (const [name, { since }] of this.#known) if (elapsedSince(since, clock) >= keptMs) this.#known.delete(name);
  }
}
