import { z } from 'zod';
import type { Problem } from '#contract/errors.ts';
import { AppError, toProblem } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import type { SecretName } from './secret-name.ts';
import { readSecretsFile, setAside, writeSecretsFile } from './secrets-file.ts';
import type { SecretsPort } from './secrets-port.ts';

const Kept = z.object({
  schema: z.literal(1),
  /** Oldest first. `secret`: base64 of what the keychain made of a {@link Sealed}. */
  secrets: z.array(z.object({ name: z.string().max(8_192), secret: z.base64() })).max(limits.hosts.secrets),
});
type Kept = z.infer<typeof Kept>;

/** What is encrypted: with its name, so that no entry of the file can be passed off for another. */
const Sealed = z.object({ name: z.string(), secret: z.string() });

const NONE: Kept = { schema: 1, secrets: [] };

interface KeptOptions {
  readonly file: string;
  readonly keychain: SecretsPort;
  readonly now: () => number;
}

/**
 * Secrets that are kept for good, in a file of the home, each encrypted by the system's keychain. Nothing here rejects:
 * what goes wrong is a problem to be told, and the secret is asked for.
 */
export class KeptSecrets {
  readonly #options: KeptOptions;
  /** One after the other: each reads the file, and may write it. */
  #queue: Promise<unknown> = Promise.resolve();
  #problem: Problem | null = null;

  constructor(options: KeptOptions) {
    this.#options = options;
  }

  /** What is wrong with what is kept; null: nothing that is known. */
  get problem(): Problem | null {
    return this.#problem;
  }

  async available(): Promise<boolean> {
    return (await this.#options.keychain.available().catch(() => 'none')) === 'keychain';
  }

  get(name: SecretName): Promise<string | null> {
    return this.#inTurn(null, () => this.#get(name));
  }

  /** Does nothing where there is no keychain. */
  set(name: SecretName, secret: string): Promise<void> {
    return this.#inTurn(undefined, async () => {
      if (!(await this.available())) return;
      const sealed = await this.#options.keychain.encrypt(JSON.stringify({ name, secret }));
      const others = (await this.#read()).secrets.filter((kept) => kept.name !== name);
      const kept = [...others, { name, secret: Buffer.from(sealed).toString('base64') }];
      await this.#write({ schema: 1, secrets: kept.slice(-limits.hosts.secrets) });
    });
  }

  /** Whatever it is by now: it was found to be wrong. */
  delete(name: SecretName): Promise<void> {
    return this.#inTurn(undefined, async () => {
      const { secrets } = await this.#read();
      const others = secrets.filter((kept) => kept.name !== name);
      if (others.length < secrets.length) await this.#write({ schema: 1, secrets: others });
    });
  }

  /** @returns the names of what was there */
  clear(): Promise<readonly string[]> {
    return this.#inTurn([], async () => {
      const { secrets } = await this.#read();
      if (secrets.length > 0) await this.#write(NONE);
      return secrets.map(({ name }) => name);
    });
  }

  async #get(name: SecretName): Promise<string | null> {
    const found = (await this.#read()).secrets.find((kept) => kept.name === name);
    if (found === undefined || !(await this.available())) return null;
    try {
      const sealed = Sealed.parse(
        JSON.parse(await this.#options.keychain.decrypt(Buffer.from(found.secret, 'base64'))),
      );
      return sealed.name === name ? sealed.secret : null;
    } catch {
      return null; // locked, another keychain's, or tampered with: it is asked for
    }
  }

  async #read(): Promise<Kept> {
    const text = await readSecretsFile(this.#options.file);
    if (text === null) return NONE;
    const kept = Kept.safeParse(parsed(text));
    if (kept.success) return kept.data;
    const aside = await setAside(this.#options.file, this.#options.now());
    this.#tell(
      new AppError(
        'SETTINGS_BROKEN',
        `The kept passphrases and passwords could not be read. They are set aside as ${visibleText(aside)}.`,
        {
          hint: 'They are asked for again. Delete that file: nothing can be read from it without the keychain.',
        },
      ),
    );
    return NONE;
  }

  async #write(kept: Kept): Promise<void> {
    await writeSecretsFile(this.#options.file, kept.secrets.length === 0 ? null : `${JSON.stringify(kept, null, 2)}\n`);
  }

  async #inTurn<T>(otherwise: T, work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    try {
      return await turn;
    } catch (error) {
      this.#tell(error instanceof AppError ? error : notKept(error));
      return otherwise;
    }
  }

  #tell(error: AppError): void {
    this.#problem = toProblem(visibleText(this.#options.file), error);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function notKept(cause: unknown): AppError {
  return new AppError('HOME_UNUSABLE', 'A passphrase or password could not be kept in the keychain.', {
    hint: 'It is asked for again. Check that the keychain of this system is unlocked.',
    cause,
  });
}
