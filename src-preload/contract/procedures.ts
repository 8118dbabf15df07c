import { oc } from '@orpc/contract';
import { z } from 'zod';
import { ErrorCode } from './errors.ts';

/** What every error carries beside its code and message. */
export const ErrorData = z.object({
  /** The next step, as a sentence; null where there is none. */
  hint: z.string().nullable(),
  /** Facts for a log or a script; plain data, never a secret. */
  details: z.record(z.string(), z.unknown()),
});
export type ErrorData = z.infer<typeof ErrorData>;

type Errors = { readonly [Code in ErrorCode]: { readonly data: typeof ErrorData } };

/** Every procedure may fail with every code: what a window must be ready for is one list, not one for each call. */
const errors = Object.fromEntries(ErrorCode.options.map((code) => [code, { data: ErrorData }])) as unknown as Errors;

/** What every procedure of the contract is made from. */
export const procedure = oc.errors(errors);
