import { createReadStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { AppError, abortError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';

/** Passphrases another program hands over, one a line (`--passphrase-fd`). */
export interface PassphraseLines extends Disposable {
  /**
   * The next line, without its line break; null after the last.
   * @throws AppError USAGE (too much, or not to be read), or the signal's own
   */
  next(signal: AbortSignal): Promise<string | null>;
}

/**
 * Opens file descriptor `fd` for {@link PassphraseLines}; it is closed when that is disposed.
 * @throws AppError USAGE where it is not open
 */
export function openPassphraseFd(fd: number, stdin: Readable = process.stdin): PassphraseLines {
  if (fd === 0) return passphraseLines(stdin);
  try {
    const found = fstatSync(fd);
    // A pipe is waited for without a thread: a blocked read in Node's pool would keep the process from ending.
    return passphraseLines(
      found.isFIFO() || found.isSocket()
        ? new Socket({ fd, readable: true, writable: false })
        : createReadStream('', { fd, autoClose: true }),
    );
  } catch (error) {
    throw new AppError('USAGE', `File descriptor ${fd} is not open for reading.`, {
      hint: `Open it in the shell, for example: binnacle status --passphrase-fd ${fd} ${fd}<file`,
      cause: error,
    });
  }
}

/** Lines of `stream`, read only when asked for, at most `limits.terminal.passphraseFdBytes` in all. */
export function passphraseLines(stream: Readable): PassphraseLines {
  const lines = readLines(stream);
  let queue: Promise<unknown> = Promise.resolve();
  /** Outlives the one who asked and went away: the line is for who asks next. */
  let coming: Promise<IteratorResult<string, undefined>> | undefined;
  return {
    next(signal) {
      const turn = queue.then(async () => {
        if (signal.aborted) throw abortError(signal);
        const aborted = Promise.withResolvers<never>();
        const onAbort = () => aborted.reject(abortError(signal));
        signal.addEventListener('abort', onAbort, { once: true });
        try {
          coming ??= lines.next();
          const { value, done } = await Promise.race([coming, aborted.promise]);
          coming = undefined;
          return done === true ? null : value;
        } finally {
          signal.removeEventListener('abort', onAbort);
        }
      });
      queue = turn.catch(() => undefined);
      return turn;
    },
    [Symbol.dispose]() {
      stream.destroy();
    },
  };
}

async function* readLines(stream: Readable): AsyncGenerator<string, undefined> {
  let held = Buffer.alloc(0);
  let total = 0;
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk as Buffer | string);
      total += bytes.length;
      if (total > limits.terminal.passphraseFdBytes) throw tooMuch();
      held = Buffer.concat([held, bytes]);
      for (let end = held.indexOf(10); end !== -1; end = held.indexOf(10)) {
        yield lineOf(held.subarray(0, end));
        held = held.subarray(end + 1);
      }
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('USAGE', 'The passphrases could not be read.', {
      hint: 'Check what --passphrase-fd is connected to.',
      cause: error,
    });
  }
  if (held.length > 0) yield lineOf(held);
}

function lineOf(bytes: Buffer): string {
  const line = bytes.toString('utf8').replace(/\r$/, '');
  if (line.length > limits.terminal.answerChars) throw tooMuch();
  return line;
}

function tooMuch(): AppError {
  return new AppError('USAGE', 'What --passphrase-fd gives is too long for passphrases.', {
    hint: `One passphrase a line, at most ${limits.terminal.answerChars} characters each.`,
  });
}
