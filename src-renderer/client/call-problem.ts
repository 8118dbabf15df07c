/** What a call to the core failed with, for people. */
export interface CallProblem {
  /** A code of the contract; null where the core did not answer at all. */
  readonly code: string | null;
  readonly message: string;
  /** The next step, as a sentence; null where there is none. */
  readonly hint: string | null;
}

/** What `error`, thrown by a call, says to the operator. */
export function callProblem(error: unknown): CallProblem {
  const code = errorCode(error);
  if (code === null || !(error instanceof Error)) {
    return { code: null, message: 'Binnacle did not answer.', hint: 'Try it again once the window is connected.' };
  }
  return { code, message: error.message, hint: hintIn('data' in error ? error.data : null) };
}

function hintIn(data: unknown): string | null {
  const hint = typeof data === 'object' && data !== null && 'hint' in data ? data.hint : null;
  return typeof hint === 'string' ? hint : null;
}

/** The contract's code of what a call threw; null where it is no answer of the core. */
export function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
