import { expect, it } from 'vitest';
import { AppError } from './errors.ts';
import { toAppError } from './internal-error.ts';

it('keeps what an operator may see, and hides a fault of ours behind its reference in the log', () => {
  const logged: unknown[] = [];
  const logger = { logInternal: (error: unknown) => `0000000${logged.push(error)}` };
  const known = new AppError('TIMEOUT', 'Too late.');
  const fault = new TypeError('x is not a function');
  const shown = toAppError(fault, logger);
  expect([toAppError(known, logger), { code: shown.code, message: shown.message }, logged]).toEqual([
    known,
    { code: 'INTERNAL', message: 'Something went wrong inside Binnacle (reference 00000001).' },
    [fault],
  ]);
});
