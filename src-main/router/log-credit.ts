import type { LogLine } from '#contract/logs.ts';
import type { LogLine as EngineLogLine } from '../engine/model.ts';
import { limits } from '../kernel/limits.ts';
import { safeLogText } from './log-text.ts';
import { boundStream } from './stream.ts';

/** How many lines a window has room for. Granted by it, spent by what it is sent. */
export class LogCredit {
  #lines: number;
  #closed = false;
  #granted = Promise.withResolvers<void>();

  constructor(lines: number) {
    this.#lines = lines;
  }

  get lines(): number {
    return this.#lines;
  }

  /** Adds up to `limits.router.logCredit` lines. */
  grant(lines: number): void {
    this.#lines = Math.min(this.#lines + lines, limits.router.logCredit);
    this.#granted.resolve();
  }

  spend(lines: number): void {
    this.#lines -= lines;
  }

  /** Resolves to whether there is any; false when it was closed meanwhile. */
  async some(): Promise<boolean> {
    while (this.#lines === 0 && !this.#closed) {
      this.#granted = Promise.withResolvers();
      await this.#granted.promise;
    }
    return !this.#closed;
  }

  close(): void {
    this.#closed = true;
    this.#granted.resolve();
  }
}

/**
 * The lines of `source`, made safe to show, never more than there is `credit` for: while there is none, nothing is
 * pulled, and what comes next waits on the host. None is left out.
 *
 * @param closed called once, when it is over for whatever reason
 */
export function readOnCredit(
  source: AsyncIterable<readonly EngineLogLine[]>,
  credit: LogCredit,
  signal: AbortSignal,
  closed: () => void,
): AsyncIteratorObject<LogLine[], undefined, void> {
  const batches = source[Symbol.asyncIterator]();
  let pulled: readonly EngineLogLine[] = [];
  let sent = 0;
  const next = async (): Promise<IteratorResult<LogLine[], undefined>> => {
    for (;;) {
      if (!(await credit.some())) return { done: true, value: undefined };
      if (sent < pulled.length) break;
      const batch = await batches.next();
      if (batch.done) return { done: true, value: undefined };
      pulled = batch.value;
      sent = 0;
    }
    // Taken only now: a window grants while a batch is waited for.
    const lines = pulled.slice(sent, sent + credit.lines).map(safeLine);
    sent += lines.length;
    credit.spend(lines.length);
    return { done: false, value: lines };
  };
  return boundStream(signal, next, async () => {
    credit.close();
    closed();
    // Leaving a source that has already failed tells the same again.
    await batches.return?.()?.catch(() => undefined);
  });
}

function safeLine({ stream, time, text, cut }: EngineLogLine): LogLine {
  const safe = safeLogText(text);
  return { stream, time, text: safe.text, cut: cut || safe.cut };
}
