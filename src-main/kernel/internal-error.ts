import { AppError } from './errors.ts';
import type { Logger } from './logger.ts';

/** What is not an AppError is a fault of ours: its stack goes to the log, its reference to the operator. */
export function toAppError(error: unknown, logger: Pick<Logger, 'logInternal'>): AppError {
  if (error instanceof AppError) return error;
  const reference = logger.logInternal(error);
  return new AppError('INTERNAL', `Something went wrong inside Binnacle (reference ${reference}).`, { cause: error });
}
