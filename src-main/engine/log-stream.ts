import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { LogDecoder } from './log-decoder.ts';
import type { LogLine } from './model.ts';
import { SourceWatch } from './source-watch.ts';

/**
 * Content decoded into one batch, in bytes. What a stream holds is this, a line under assembly for stdout and one for
 * stderr, a chunk, and what the source buffers ahead: together within `limits.engine.logHeldBytes`.
 */
const BATCH_BYTES = limits.engine.logHeldBytes / 4;

export interface LogStreamOptions {
  /** The container has a terminal: its stream is not framed. */
  readonly tty: boolean;
  /** The engine was asked for `timestamps=1`. */
  readonly timestamps: boolean;
  readonly signal: AbortSignal;
}

/**
 * The lines of an engine's answer to `GET /containers/{id}/logs`, in batches of at most about
 * `limits.engine.logBatchLines`, never empty, each handed on as soon as no more has arrived. Pulled: while nobody asks
 * for the next batch nothing is read, and the engine waits. To be iterated once.
 *
 * Ends when the engine ends the stream. Leaving the loop, or aborting, destroys `source` at once, a pending
 * wait included. Throws the signal's AppError; CONNECTION_LOST, or the source's own AppError, when the stream breaks;
 * ENGINE_ANSWER_INVALID when it is no log; ENGINE_ERROR when the engine cannot go on reading its log file.
 */
export function readLogLines(source: Readable, options: LogStreamOptions): AsyncIterable<readonly LogLine[]> {
  const watch = new SourceWatch(source, options.signal);
  const batches = readBatches(source, watch, options);
  const iterator: AsyncIterableIterator<readonly LogLine[]> = {
    next: () => batches.next(),
    return: () => {
      // A generator's own return() waits for the pull under way: in a quiet log, for ever.
      watch.stop();
      return batches.return(undefined);
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

async function* readBatches(
  source: Readable,
  watch: SourceWatch,
  { signal, ...format }: LogStreamOptions,
): AsyncGenerator<readonly LogLine[], undefined> {
  const decoder = new LogDecoder(format);
  let failure: { readonly error: unknown } | null = null;
  try {
    for (;;) {
      if (signal.aborted) throw abortError(signal);
      if (watch.stopped) return;
      if (failure !== null) throw failure.error;

      const lines: LogLine[] = [];
      let used: 'all there is' | 'its share' = 'its share';
      try {
        used = decodeShare(source, decoder, lines);
        if (used === 'all there is' && source.readableEnded) decoder.end(lines);
      } catch (error) {
        failure = { error };
      }

      if (lines.length > 0) yield lines;
      else if (failure !== null) throw failure.error;
      // The inside of an endless line: nothing to hand on, but others need the loop as well.
      else if (used === 'its share') await nextTurn();
      else if (source.readableEnded) return;
      else if (source.destroyed) throw lost(source.errored);
      else await watch.change();
    }
  } finally {
    watch.stop();
  }
}

/** Decodes what has arrived, up to one batch. */
function decodeShare(source: Readable, decoder: LogDecoder, lines: LogLine[]): 'all there is' | 'its share' {
  let bytes = 0;
  while (lines.length < limits.engine.logBatchLines && bytes < BATCH_BYTES) {
    if (decoder.idle) {
      const chunk: Buffer | null = source.read();
      if (chunk === null) return 'all there is';
      decoder.push(chunk);
    }
    bytes += decoder.decode(lines, limits.engine.logBatchLines, BATCH_BYTES - bytes);
  }
  return 'its share';
}

function lost(cause: Error | null): AppError {
  if (cause instanceof AppError) return cause;
  return new AppError('CONNECTION_LOST', 'The connection was lost while reading a log.', {
    hint: 'Open the log again once the host is reached.',
    cause,
  });
}
