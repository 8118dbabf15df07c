import type { ErrorCode, Problem } from '#contract/errors.ts';

interface AppErrorOptions {
  /** Facts for the reader of a log or a script; plain data, never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The next step for the operator, as a sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * An error an operator may see. Everything a library throws is translated into one where it enters
 * the core; what is not an AppError is a bug, and reaches the operator as `INTERNAL`.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly hint: string | null;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = options.details ?? {};
    this.hint = options.hint ?? null;
  }
}

/** The AppError that says `signal` was aborted: its own reason when that is one, else CANCELLED or TIMEOUT. */
export function abortError(signal: AbortSignal): AppError {
  const reason: unknown = signal.reason;
  if (reason instanceof AppError) return reason;
  if (reason instanceof DOMException && reason.name === 'TimeoutError') {
    return new AppError('TIMEOUT', 'It took longer than the time allowed.', { cause: reason });
  }
  return new AppError('CANCELLED', 'It was cancelled.', { cause: reason });
}

/** The error as it is listed beside the verdicts; `where` names what it is about. */
export function toProblem(where: string, { code, message, hint }: AppError): Problem {
  return { where, code, message, hint };
}
