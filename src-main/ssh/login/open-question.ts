import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { orAborted } from '../bounded.ts';

interface OpenQuestionParts {
  readonly clock: Clock;
  /** Withdraws whatever is asked. */
  readonly over: AbortSignal;
  /** Ends the login. */
  readonly fail: (error: unknown) => void;
}

/** What a person is asked while a host waits: one question at a time. */
export class OpenQuestion {
  readonly #parts: OpenQuestionParts;
  /** Withdraws the question that is open; null: none is. */
  #open: AbortController | null = null;
  #ms = 0;

  constructor({ clock, over, fail }: OpenQuestionParts) {
    this.#parts = { clock, over, fail };
  }

  get isOpen(): boolean {
    return this.#open !== null;
  }

  /** Milliseconds for which a person was asked. */
  get ms(): number {
    return this.#ms;
  }

  /** Asks; `use` gets the answer unless the question was withdrawn meanwhile. */
  ask<Answer>(ask: (signal: AbortSignal) => Promise<Answer>, use: (answer: Answer) => void): void {
    const { clock, over, fail } = this.#parts;
    const question = new AbortController();
    this.#open = question;
    const began = clock.monotonic();
    const signal = AbortSignal.any([over, question.signal]);
    const closed = () => {
      this.#ms += clock.monotonic() - began;
      if (this.#open === question) this.#open = null;
    };
    orAborted(signal, ask(signal))
      .then(
        (answer) => {
          closed();
          if (!signal.aborted) use(answer);
        },
        (error: unknown) => {
          closed();
          if (!question.signal.aborted) fail(error);
        },
      )
      .catch(fail);
  }

  /** The host does not wait for the answer any more. */
  withdraw(): void {
    this.#open?.abort(new AppError('CANCELLED', 'The host does not wait for the answer any more.'));
    this.#open = null;
  }
}
