import type { Answer, Question } from '#contract/questions.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { Listeners } from '../kernel/listeners.ts';
import { visibleText } from '../kernel/text.ts';
import { orAborted } from '../ssh/bounded.ts';
import type { ChallengeQuestion, PasswordQuestion, SshPrompts } from '../ssh/connection-types.ts';
import { machineOf } from '../ssh/errors.ts';
import { formatTarget, type HostTarget } from '../ssh/target.ts';
import { hostWords } from './host-words.ts';
import { passphraseOf, passwordOf, type SecretName } from './secret-name.ts';
import type { Secrets } from './secrets.ts';

/** Who asks: a host that is followed, or a trial. */
export type Asker = { readonly target: HostTarget } & ({ readonly hostId: string } | { readonly trial: string });

interface QuestionsOptions {
  readonly newId: () => string;
  /** What was typed before. */
  readonly secrets: Pick<Secrets, 'recall' | 'remember' | 'discard' | 'canKeep'>;
  /** For how long hosts wait; default: the system's. */
  readonly clock?: Pick<Clock, 'now'>;
}

interface OpenQuestion {
  readonly question: Question;
  /** What its answer is the secret for; null: for nothing that is kept. */
  readonly secret: SecretName | null;
  readonly settle: (answer: Answer) => void;
  readonly withdraw: (why: AppError) => void;
}

/**
 * The desk on which what connections ask lies until a person answers it, in whichever window. A question waits as long
 * as it takes, and is withdrawn when whoever asked it gives up: the host was removed, the trial left, the core closed,
 * the machine that asked waits no longer.
 *
 * Passphrases and passwords go to `secrets`, so that what was typed once need not be typed for each reconnect, and are
 * forgotten when they are found to be wrong. They go nowhere else, and one-time codes go nowhere at all.
 */
export class Questions implements Disposable {
  readonly #newId: () => string;
  readonly #secrets: QuestionsOptions['secrets'];
  readonly #clock: Pick<Clock, 'now'>;
  readonly #open = new Map<string, OpenQuestion>();
  readonly #changed = new Listeners();
  #closed = false;

  constructor({ newId, secrets, clock = systemClock }: QuestionsOptions) {
    this.#newId = newId;
    this.#secrets = secrets;
    this.#clock = clock;
  }

  /** Calls back whenever a question was added, answered or withdrawn. */
  subscribe(onChange: () => void): Disposable {
    return this.#changed.subscribe(onChange);
  }

  /** Oldest first. */
  open(): readonly Question[] {
    return [...this.#open.values()].map(({ question }) => question);
  }

  /**
   * @throws AppError QUESTION_GONE where it was answered or withdrawn meanwhile, or is of the other kind;
   *   REQUEST_INVALID where a challenge has another number of questions. It then stays open.
   */
  answer(id: string, answer: Answer): void {
    const open = this.#open.get(id);
    if (open === undefined || open.question.kind !== answer.kind) {
      throw new AppError('QUESTION_GONE', 'This question is no longer open.', {
        hint: 'It was answered in another window, or what asked it has given up.',
      });
    }
    if (!fits(open.question, answer)) throw new AppError('REQUEST_INVALID', 'Each question needs one answer.');
    const secret = secretIn(answer);
    if (secret !== null && open.secret !== null) {
      void this.#secrets.remember(open.secret, secret.text, { forGood: secret.forGood });
    }
    // Hosts that wait for the same key go on together. Of a password each tries its own: a wrong one counts on the host.
    const together = secret !== null && answer.kind === 'passphrase';
    const answered = together ? [...this.#open.values()].filter((other) => other.secret === open.secret) : [open];
    for (const { question, settle } of answered) {
      this.#open.delete(question.id);
      settle(answer);
    }
    this.#changed.tell();
  }

  /** What the connections of one host, or of one trial, ask by. */
  promptsFor(asker: Asker): SshPrompts {
    const common = (asking: Pick<PasswordQuestion, 'hop' | 'isJump'>) => ({
      id: this.#newId(),
      hostId: 'hostId' in asker ? asker.hostId : null,
      trial: 'trial' in asker ? asker.trial : null,
      target: visibleText(formatTarget(asker.target)),
      machine: machineOf(asking.hop),
      isJump: asking.isJump,
    });
    const recall = (name: SecretName, signal: AbortSignal) => orAborted(signal, this.#secrets.recall(name));
    const canRemember = (signal: AbortSignal) => orAborted(signal, this.#secrets.canKeep());
    /** The last passphrase this asker was given for a key. Whoever asks again has found it to be wrong. */
    const given = new Map<SecretName, string>();
    return {
      acceptHostKey: async (asking, signal) => {
        const keyType = visibleText(asking.keyType, limits.text.labelChars);
        const shown = { keyType, fingerprint: visibleText(asking.fingerprint) };
        const answer = await this.#ask({ kind: 'hostKey', ...common(asking), ...shown }, null, signal);
        if (answer?.kind !== 'hostKey') return 'unanswerable';
        return answer.accept ? 'accept' : 'reject';
      },
      passphrase: async (asking, signal) => {
        const { file, attempt } = asking;
        const name = passphraseOf(file);
        if (attempt === 1) given.delete(name);
        const known = await recall(name, signal);
        if (known !== null && known !== given.get(name)) {
          given.set(name, known);
          return known;
        }
        if (known !== null) await this.#secrets.discard(name);
        const shown = { file: visibleText(file), attempt, canRemember: await canRemember(signal) };
        const answer = await this.#ask({ kind: 'passphrase', ...common(asking), ...shown }, name, signal);
        if (answer?.kind !== 'passphrase' || answer.passphrase === null) return null;
        given.set(name, answer.passphrase);
        return answer.passphrase;
      },
      password: async (asking, signal) => {
        const name = passwordOf(asking.hop, asking.hostKey);
        const known = await recall(name, signal);
        if (known !== null) return known;
        const user = visibleText(asking.hop.user, limits.text.labelChars);
        const shown = { user, canRemember: await canRemember(signal) };
        const answer = await this.#ask({ kind: 'password', ...common(asking), ...shown }, name, signal);
        return answer?.kind === 'password' ? answer.password : null;
      },
      challenge: async (asking, signal) => {
        const answer = await this.#ask(
          { kind: 'challenge', ...common(asking), ...this.#challenge(asking) },
          null,
          signal,
        );
        return answer?.kind === 'challenge' ? answer.answers : null;
      },
      wrongPassword: (asking) => {
        void this.#secrets.discard(passwordOf(asking.hop, asking.hostKey));
      },
    };
  }

  /** Withdraws what is open. */
  [Symbol.dispose](): void {
    this.#closed = true;
    for (const { withdraw } of this.#open.values()) withdraw(new AppError('CANCELLED', 'Binnacle was closed.'));
  }

  #challenge({ title, instructions, prompts, withinMs }: ChallengeQuestion) {
    return {
      title: visibleText(title.trim(), limits.text.labelChars),
      instructions: hostWords(instructions).join('\n'),
      prompts: prompts.map(({ text, echo }) => ({ text: hostWords(text).join('\n'), echo })),
      until: new Date(this.#clock.now() + withinMs).toISOString(),
    };
  }

  /** null: nobody can be asked. Rejects with the signal's AppError. */
  async #ask(question: Question, secret: SecretName | null, signal: AbortSignal): Promise<Answer | null> {
    if (signal.aborted) throw abortError(signal);
    if (this.#closed || this.#open.size >= limits.hosts.questions) return null;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const giveUp = () => reject(abortError(signal));
    signal.addEventListener('abort', giveUp, { once: true });
    this.#open.set(question.id, { question, secret, settle: resolve, withdraw: reject });
    this.#changed.tell();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
      if (this.#open.delete(question.id)) this.#changed.tell();
    }
  }
}

function fits(question: Question, answer: Answer): boolean {
  if (question.kind !== 'challenge' || answer.kind !== 'challenge' || answer.answers === null) return true;
  return answer.answers.length === question.prompts.length;
}

function secretIn(answer: Answer): { readonly text: string; readonly forGood: boolean } | null {
  if (answer.kind === 'passphrase' && answer.passphrase !== null) {
    return { text: answer.passphrase, forGood: answer.remember };
  }
  if (answer.kind === 'password' && answer.password !== null)
    return { text: answer.password, forGood: answer.remember };
  return null;
}
