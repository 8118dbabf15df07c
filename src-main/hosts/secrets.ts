import type { Problem } from '#contract/errors.ts';
import { type Clock, elapsedSince, type Moment, moment } from '../kernel/clock.ts';
import { KeptSecrets } from './kept-secrets.ts';
import type { SecretName } from './secret-name.ts';
import type { SecretsPort } from './secrets-port.ts';

interface SecretsOptions {
  readonly clock: Clock;
  /** How long a secret stays in memory, read at each use; 0: not at all. */
  readonly memoryMinutes: () => number;
  /** Asked only when a question is put, or a secret is to be kept or was kept: on macOS it may open a dialog. */
  readonly keychain: SecretsPort;
  /** Where the encrypted ones are kept: a file of the home. */
  readonly file: string;
}

interface Remembered {
  readonly secret: string;
  readonly since: Moment;
}

const MINUTE_MS = 60_000;

/**
 * Passphrases and passwords that were typed: in memory for as long as the settings say, counted from their typing, sleep
 * of this machine included; and in the keychain where the person wanted that. One-time codes never come here.
 */
export class Secrets implements Disposable {
  readonly #options: SecretsOptions;
  readonly #kept: KeptSecrets;
  readonly #memory = new Map<SecretName, Remembered>();
  readonly #sweeper: NodeJS.Timeout;
  /** How often something was forgotten. */
  #forgotten = 0;
  #disposed = false;

  constructor(options: SecretsOptions) {
    const { clock, keychain, file } = options;
    this.#options = options;
    this.#kept = new KeptSecrets({ file, keychain, now: () => clock.now() });
    // So that nothing stays in memory much longer than it is given out. No verdict rests on it.
    this.#sweeper = setInterval(() => this.#sweep(), MINUTE_MS).unref();
  }

  /** What is wrong with what is kept for good; empty where nothing is known to be. */
  problems(): readonly Problem[] {
    return this.#kept.problem === null ? [] : [this.#kept.problem];
  }

  /** Whether {@link remember} can keep something for good. Never rejects. */
  canKeep(): Promise<boolean> {
    return this.#kept.available();
  }

  /** null: it must be asked for. Never rejects. */
  async recall(name: SecretName): Promise<string | null> {
    this.#sweep();
    const known = this.#memory.get(name);
    if (known !== undefined) return known.secret;
    const forgotten = this.#forgotten;
    const kept = await this.#kept.get(name);
    // Something was found to be wrong, or was to be forgotten, while the keychain took its time.
    if (kept === null || forgotten !== this.#forgotten) return null;
    // From now on as if it had been typed: a dialog of the keychain for each reconnect would be too much.
    this.#keepInMemory(name, kept);
    return kept;
  }

  /** Remembers what was typed. Resolves once it is kept where it is to be kept; never rejects. */
  async remember(name: SecretName, secret: string, { forGood }: { readonly forGood: boolean }): Promise<void> {
    this.#keepInMemory(name, secret);
    if (forGood) await this.#kept.set(name, secret);
  }

  /** It was found to be wrong. At once in memory; resolves once it is gone for good. Never rejects. */
  async discard(name: SecretName): Promise<void> {
    this.#forgotten += 1;
    this.#memory.delete(name);
    await this.#kept.delete(name);
  }

  /** Forgets all, in memory and in the keychain; says how many there were. Never rejects. */
  async forget(): Promise<number> {
    this.#forgotten += 1;
    this.#sweep();
    const names = new Set<string>(this.#memory.keys());
    this.#memory.clear();
    for (const name of await this.#kept.clear()) names.add(name);
    return names.size;
  }

  /** Forgets what is in memory. */
  [Symbol.dispose](): void {
    this.#forgotten += 1;
    this.#disposed = true;
    clearInterval(this.#sweeper);
    this.#memory.clear();
  }

  #keepInMemory(name: SecretName, secret: string): void {
    if (!this.#disposed && this.#options.memoryMinutes() > 0)
      this.#memory.set(name, { secret, since: moment(this.#options.clock) });
  }

  #sweep(): void {
    const { clock, memoryMinutes } = this.#options;
    const ms = memoryMinutes() * MINUTE_MS;
    for (const [name, { since }] of this.#memory) {
      if (elapsedSince(since, clock) >= ms) this.#memory.delete(name);
    }
  }
}
