import { ORPCError, ValidationError } from '@orpc/server';
import type { ErrorCode } from '#contract/errors.ts';
import type { ErrorData } from '#contract/procedures.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { redact } from '../kernel/redact.ts';
import { visibleText } from '../kernel/text.ts';
import type { Services } from './services.ts';

export type ContractError = ORPCError<ErrorCode, ErrorData>;

/** The error as the contract types it. Its details are copied as plain data, bounded and without secrets. */
export function contractError({ code, message, hint, details }: AppError): ContractError {
  const data = { hint, details: redact(details) as Record<string, unknown> };
  return new ORPCError(code, { defined: true, message, data });
}

/**
 * What a procedure, or an iterator it returned, has thrown, as an AppError: input its schema refuses is
 * REQUEST_INVALID, told by path and reason and never by value; what is not an AppError is a bug.
 *
 * @param path of the procedure, as in `['hosts', 'add']`
 */
export function procedureError(error: unknown, path: readonly string[], services: Services): AppError {
  if (error instanceof AppError) return error;
  if (!(error instanceof ORPCError)) return services.toAppError(error);
  const issues = describeIssues(error.cause);
  if (error.code === 'BAD_REQUEST') {
    return new AppError('REQUEST_INVALID', `The request ${path.join('.')} was refused: ${issues.join('; ')}.`, {
      hint: 'Reload the window; where that does not help, this is a fault of Binnacle worth reporting.',
      details: { procedure: path.join('.'), issues },
    });
  }
  // Not the error itself: it holds the answer, and the log is no place for that.
  return services.toAppError(
    new Error(`The answer of ${path.join('.')} is not as the contract has it: ${issues.join('; ')}`),
  );
}

/** `hosts.0: Invalid UUID`, bounded. zod's messages name what was expected, never what was given. */
function describeIssues(cause: unknown): string[] {
  if (!(cause instanceof ValidationError)) return ['it cannot be read'];
  return cause.issues.slice(0, limits.router.issues).map(({ path = [], message }) => {
    const where = path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.');
    return visibleText(where === '' ? message : `${where}: ${message}`, limits.text.reasonChars);
  });
}
