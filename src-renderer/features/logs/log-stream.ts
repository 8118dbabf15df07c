import type { LogLine } from '#contract/logs.ts';
import type { LogSource, ReadRequest } from './log-types.ts';

/** One stream that is being read, with the credit it has left. */
export interface OpenStream {
  /** Rejects where it could not be opened. */
  readonly opened: Promise<void>;
  /** Lines that may still come. */
  outstanding: number;
  /** The next lines; null where the stream has ended. */
  next(): Promise<readonly LogLine[] | null>;
  /** Lets so many lines more come; `failed` is called where that could not be told. */
  grant(lines: number, failed: (error: unknown) => void): void;
  close(): void;
}

/** Asks for a stream. Whoever asks closes it, also where it failed or ended. */
export function openStream(source: LogSource, request: ReadRequest): OpenStream {
  const abort = new AbortController();
  const iterator = source.read(request, { signal: abort.signal }).then((batches) => batches[Symbol.asyncIterator]());
  return {
    opened: iterator.then(() => undefined),
    outstanding: request.credit,
    async next() {
      const result = await (await iterator).next();
      return result.done === true ? null : result.value;
    },
    grant(lines, failed) {
      this.outstanding += lines;
      source.credit({ stream: request.stream, lines }).catch(failed);
    },
    close() {
      abort.abort();
      // A transport may end an iterator that is waited for only when it is told so as well.
      iterator.then((open) => open.return?.()).catch(() => undefined);
    },
  };
}
