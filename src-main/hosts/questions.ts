import type { Answer, Question } from '#contract/questions.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { Listeners } from '../kernel/listeners.ts';
import { visibleText } from '../kernel/text.ts';
import type { SshPrompts } from '../ssh/connection-types.ts';
import { formatTarget, type SshTarget } from '../ssh/target.ts';

/** Who asks: a host that is followed, or a trial. */
export type Asker = { readonly target: SshTarget } & ({ readonly hostId: string } | { readonly trial: string });

interface OpenQuestion {
  readonly question: Question;
  /** As the ssh room named it: two keys may look the same when they are shown. */
  readonly file: string | null;
  readonly settle: (answer: Answer) => void;
  readonly withdraw: (why: AppError) => void;
}

/**
 * The desk on which what connections ask lies until a person answers it, in whichever window. A question waits as long
 * as it takes, and is withdrawn when whoever asked it gives up: the host was removed, the trial left, the core closed.
 *
 * A passphrase is kept in memory until it is found to be wrong, so that a key used for several hosts, or for a
 * reconnect, is unlocked once. It goes nowhere else.
 */
export class Questions implements Disposable {
  readonly #newId: () => string;
  readonly #open = new Map<string, OpenQuestion>();
  readonly #changed = new Listeners();
  readonly #passphrases = new Map<string, string>();
  #closed = false;

  constructor({ newId }: { readonly newId: () => string }) {
    this.#newId = newId;
  }

  /** Calls back whenever a question was added, answered or withdrawn. */
  subscribe(onChange: () => void): Disposable {
    return this.#changed.subscribe(onChange);
  }

  /** Oldest first. */
  open(): readonly Question[] {
    return [...this.#open.values()].map(({ question }) => question);
  }

  /** @throws AppError QUESTION_GONE where it was answered or withdrawn meanwhile, or is of the other kind */
  answer(id: string, answer: Answer): void {
    const open = this.#open.get(id);
    if (open === undefined || open.question.kind !== answer.kind) {
      throw new AppError('QUESTION_GONE', 'This question is no longer open.', {
        hint: 'It was answered in another window, or what asked it has given up.',
      });
    }
    const passphrase = answer.kind === 'passphrase' ? answer.passphrase : null;
    if (passphrase !== null && open.file !== null) this.#passphrases.set(open.file, passphrase);
    // Hosts that wait for the same key go on together.
    const answered = passphrase === null ? [open] : [...this.#open.values()].filter(({ file }) => file === open.file);
    for (const { question, settle } of answered) {
      this.#open.delete(question.id);
      settle(answer);
    }
    this.#changed.tell();
  }

  /** What the connections of one host, or of one trial, ask by. */
  promptsFor(asker: Asker): SshPrompts {
    const common = {
      hostId: 'hostId' in asker ? asker.hostId : null,
      trial: 'trial' in asker ? asker.trial : null,
      target: visibleText(formatTarget(asker.target)),
    };
    /** The last passphrase this asker was given for a key. Whoever asks again has found it to be wrong. */
    const given = new Map<string, string>();
    return {
      acceptHostKey: async ({ keyType, fingerprint }, signal) => {
        const shown = { keyType: visibleText(keyType, limits.text.labelChars), fingerprint: visibleText(fingerprint) };
        const answer = await this.#ask({ kind: 'hostKey', id: this.#newId(), ...common, ...shown }, null, signal);
        if (answer?.kind !== 'hostKey') return 'unanswerable';
        return answer.accept ? 'accept' : 'reject';
      },
      passphrase: async ({ file, attempt }, signal) => {
        if (attempt === 1) given.delete(file);
        const known = this.#passphrases.get(file);
        if (known !== undefined && known !== given.get(file)) {
          given.set(file, known);
          return known;
        }
        this.#passphrases.delete(file);
        const shown = { file: visibleText(file), attempt };
        const answer = await this.#ask({ kind: 'passphrase', id: this.#newId(), ...common, ...shown }, file, signal);
        if (answer?.kind !== 'passphrase' || answer.passphrase === null) return null;
        given.set(file, answer.passphrase);
        return answer.passphrase;
      },
    };
  }

  /** Withdraws what is open, and forgets the passphrases. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#passphrases.clear();
    for (const { withdraw } of this.#open.values()) withdraw(new AppError('CANCELLED', 'Binnacle was closed.'));
  }

  /** null: nobody can be asked. Rejects with the signal's AppError. */
  async #ask(question: Question, file: string | null, signal: AbortSignal): Promise<Answer | null> {
    if (signal.aborted) throw abortError(signal);
    if (this.#closed || this.#open.size >= limits.hosts.questions) return null;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const giveUp = () => reject(abortError(signal));
    signal.addEventListener('abort', giveUp, { once: true });
    this.#open.set(question.id, { question, file, settle: resolve, withdraw: reject });
    this.#changed.tell();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
      if (this.#open.delete(question.id)) this.#changed.tell();
    }
  }
}
