import type { Readable } from 'node:stream';

/**
 * Waits for something to happen to a stream that is read with `read()`, and ends it: at once when the signal is
 * aborted or `stop` is called. Takes its listeners away again, but stays to hear an error until the stream has closed,
 * which would bring the process down unheard.
 */
export class SourceWatch {
  readonly #source: Readable;
  readonly #signal: AbortSignal;
  #stopped = false;
  #reading = false;
  #wake: (() => void) | null = null;

  constructor(source: Readable, signal: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
    source.on('end', this.#onChange).on('error', this.#onChange).on('close', this.#onClose);
    if (signal.aborted) source.destroy();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Resolves when there may be something to read, or the stream has ended, broken or been stopped. */
  change(): Promise<void> {
    // Not before: a listener for it makes the stream read.
    if (!this.#reading) this.#source.on('readable', this.#onChange);
    this.#reading = true;
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Destroys the stream unless it has been read to its end; wakes who waits. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#source.off('readable', this.#onChange).off('end', this.#onChange);
    if (!this.#source.readableEnded) this.#source.destroy();
    if (this.#source.closed) this.#onClose();
    this.#onChange();
  }

  readonly #onAbort = (): void => {
    this.#source.destroy();
    this.#onChange();
  };

  readonly #onClose = (): void => {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#source.off('error', this.#onChange).off('close', this.#onClose);
    this.#onChange();
  };

  readonly #onChange = (): void => {
    this.#wake?.();
    this.#wake = null;
  };
}
