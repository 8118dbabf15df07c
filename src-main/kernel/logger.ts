import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { limits } from './limits.ts';
import { redact } from './redact.ts';

/** The log file: for whoever looks into a fault, never for the operator's everyday. Secrets are kept out of it. */
export interface Logger extends AsyncDisposable {
  info(message: string, facts?: Readonly<Record<string, unknown>>): void;
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void;
  /** Writes `error` with its stack and causes. */
  error(message: string, error: unknown, facts?: Readonly<Record<string, unknown>>): void;
  /** Writes a fault of Binnacle's own, and returns the reference under which it stands in the log: 8 hex digits. */
  logInternal(error: unknown): string;
  /** Resolves when everything said so far is in the file: true; or could not be written: false. */
  flush(): Promise<boolean>;
}

/**
 * A log in `file` (0600, its folder 0700), one JSON object a line. Nothing is touched, and pino (30 ms) not loaded,
 * until there is something to write. On opening, a file over `limits.log.fileBytes` becomes `<file>.old`. A log
 * that cannot be written never fails its caller: what was to be said is lost, and `flush` says so.
 */
export function createLogger(file: string): Logger {
  let sink: Promise<Sink | null> | undefined;
  let written = Promise.resolve(true);

  const write = (level: Level, message: string, facts: Readonly<Record<string, unknown>>) => {
    // Copied now: what is logged is what was true now.
    const entry = redact(facts) as object;
    sink ??= openSink(file).catch(() => null);
    const opened = sink;
    written = Promise.all([written, opened]).then(([before, out]) => {
      if (out === null) return false;
      try {
        out[level](entry, message);
        return before;
      } catch {
        return false;
      }
    });
  };

  return {
    info: (message, facts = {}) => write('info', message, facts),
    warn: (message, facts = {}) => write('warn', message, facts),
    error: (message, error, facts = {}) => write('error', message, { ...facts, error }),
    logInternal(error) {
      const reference = randomUUID().slice(0, 8);
      write('error', 'internal error', { reference, error });
      return reference;
    },
    flush: () => written,
    async [Symbol.asyncDispose]() {
      await written;
      (await sink)?.close();
    },
  };
}

type Level = 'info' | 'warn' | 'error';
type Sink = Readonly<Record<Level, (entry: object, message: string) => void>> & { close(): void };

async function openSink(file: string): Promise<Sink> {
  const { pino } = await import('pino');
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  rotate(file);
  // Synchronous: the entry that matters most is the one before the process ends.
  const destination = pino.destination({ dest: file, sync: true, mode: 0o600 });
  destination.on('error', () => undefined);
  const log = pino({ base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return {
    info: (entry, message) => log.info(entry, message),
    warn: (entry, message) => log.warn(entry, message),
    error: (entry, message) => log.error(entry, message),
    close: () => destination.end(),
  };
}

/** Another process that still has the file open goes on writing into the `.old` one: nothing is lost. */
function rotate(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found !== undefined && found.size > limits.log.fileBytes) renameSync(file, `${file}.old`);
}
